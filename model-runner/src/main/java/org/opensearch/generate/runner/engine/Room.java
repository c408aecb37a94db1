// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.engine.StepPlan.Slice;

/**
 * What is left for sequences to be admitted: places, and pages. One is admitted only if all its tokens find pages beside those that
 * the running ones still need for theirs, and one page more for each of them: else it would soon be evicted. Where none runs, one
 * is admitted in any case.
 */
final class Room {
    private final PagePool pool;
    private int places;
    private int pages;
    private boolean alone;

    Room(PagePool pool, List<Sequence> running, int maxSequences) {
        this.pool = pool;
        places = maxSequences - running.size();
        pages = pool.available() - running.size();
        alone = running.isEmpty();
        for (Sequence sequence : running) {
            pages -= missing(sequence);
        }
    }

    private static int missing(Sequence sequence) {
        return Sequence.pagesFor(sequence.tokens.length()) - sequence.pages.length;
    }

    /** Whether a waiting sequence can be admitted that begins with a slice. */
    boolean fits(Slice slice) {
        return places > 0 && (alone || pagesWanted(slice) <= pages);
    }

    /** It is admitted. */
    void take(Slice slice) {
        pages -= pagesWanted(slice) + 1;
        places--;
        alone = false;
    }

    /** What would be left without a running sequence, at most. */
    void gain(Sequence sequence) {
        for (int page : sequence.pages) {
            pages += page < pool.limit() ? 1 : 0;
        }
        pages += missing(sequence) + 1;
        places++;
    }

    /** Pages that are available now and not after all tokens of the admitted sequence are computed. */
    private int pagesWanted(Slice slice) {
        int idle = 0;
        for (int page : slice.pages()) {
            idle += pool.holders(page) == 0 ? 1 : 0;
        }
        int all = Sequence.pagesFor(slice.sequence().tokens.length());
        return all - slice.pages().length + idle + (slice.copiesFirst() ? 1 : 0);
    }
}
