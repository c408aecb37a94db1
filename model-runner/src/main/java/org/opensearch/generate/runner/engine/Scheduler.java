// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.cache.PoolSnapshot;
import org.opensearch.generate.runner.cache.PrefixKey;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.kernel.KvCache;

/**
 * Decides which tokens of which sequences the next step computes.
 *
 * <h2>Idea</h2>
 * A step has a budget of tokens. Sequences that miss one token (they decode) come first; prompts share what is left, oldest
 * first, in chunks, beside decodes no more than {@link StepCosts} grants, so that a long prompt never stalls a running answer;
 * then waiting sequences are admitted in order of arrival.
 * When pages run out, the youngest running sequences give theirs away and wait again, at the head; they are recomputed later,
 * mostly from the prefix cache. The oldest never gives way, and every sequence fits alone, so there is always progress.
 *
 * <h2>State</h2>
 * {@code running} and {@code waiting} are each in order of arrival, and every running sequence arrived before every waiting one.
 * {@link #plan} changes nothing; {@link #evict} makes room, which is right whether or not a step follows; {@link #commit} is the
 * only place where computed tokens count.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 *
 * <h2>Sources</h2>
 * Joining and leaving between steps: Yu et al., Orca, OSDI 2022. Prompts in chunks beside decodes: Agrawal et al., Sarathi-Serve,
 * arXiv 2403.02310. Eviction and recomputing: Kwon et al., arXiv 2309.06180, section 4.5.
 */
final class Scheduler {
    private final PagePool pool;
    private final int maxStepTokens;
    private final int maxSequences;
    private final StepCosts costs;
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private final List<Sequence> running = new ArrayList<>();

    Scheduler(PagePool pool, int maxStepTokens, int maxSequences, StepCosts costs) {
        this.pool = pool;
        this.maxStepTokens = maxStepTokens;
        this.maxSequences = maxSequences;
        this.costs = costs;
    }

    /** A sequence arrives. */
    void add(Sequence sequence) {
        waiting.addLast(sequence);
    }

    boolean isIdle() {
        return running.isEmpty() && waiting.isEmpty();
    }

    int runningSequences() {
        return running.size();
    }

    /** All sequences, in order of arrival. */
    List<Sequence> sequences() {
        return Stream.concat(running.stream(), waiting.stream()).toList();
    }

    /** What the next step shall do; changes nothing. Never empty while there are sequences. */
    StepPlan plan() {
        List<Slice> slices = new ArrayList<>();
        int rows = 0;
        for (Sequence sequence : running) {
            if (sequence.remaining() == 1) {
                slices.add(next(sequence, 1));
                rows++;
            }
        }
        int budget = budget(rows);
        for (Sequence sequence : running) {
            if (sequence.remaining() > 1 && rows < budget) {
                Slice slice = next(sequence, Math.min(sequence.remaining(), budget - rows));
                slices.add(slice);
                rows += slice.count();
            }
        }
        List<Sequence> evicted = victims(slices);
        if (evicted.isEmpty()) {
            admit(slices, budget - rows);
        } else {
            slices.removeIf(slice -> evicted.contains(slice.sequence()));
        }
        return new StepPlan(evicted, slices);
    }

    /** Rows of a step in which so many decode. */
    private int budget(int decodeRows) {
        int prompts = running.size() - decodeRows + Math.min(waiting.size(), maxSequences - running.size());
        if (decodeRows == 0 || prompts == 0) {
            return maxStepTokens;
        }
        return Math.min(maxStepTokens, decodeRows + costs.promptTokens(decodeRows, prompts));
    }

    private Slice next(Sequence sequence, int count) {
        int page = sequence.computed / KvCache.PAGE;
        boolean copies = page < sequence.pages.length && pool.isShared(sequence.pages[page]);
        return new Slice(sequence, false, sequence.pages, sequence.computed, count, copies);
    }

    /** The youngest running sequences that must give way, so that the slices of the others find their pages. */
    private List<Sequence> victims(List<Slice> slices) {
        int missing = slices.stream().mapToInt(Slice::freshPages).sum() - pool.available();
        List<Sequence> victims = new ArrayList<>();
        int[] givenUp = new int[missing > 0 ? pool.pages() : 0];
        for (int i = running.size() - 1; missing > 0 && i > 0; i--) {
            Sequence victim = running.get(i);
            victims.add(victim);
            for (int page : victim.pages) {
                if (++givenUp[page] == pool.holders(page)) {
                    missing--;
                }
            }
            for (Slice slice : slices) {
                if (slice.sequence() == victim) {
                    missing -= slice.freshPages();
                }
            }
        }
        return victims;
    }

    /**
     * Admits waiting sequences while there are places, rows and pages. One is admitted only if all its tokens find pages beside
     * those that the running ones still need for theirs, and one page more for each of them: else it would soon be evicted.
     */
    private void admit(List<Slice> slices, int freeRows) {
        int rows = freeRows;
        int places = maxSequences - running.size();
        int pages = pool.available() - running.size();
        for (Sequence sequence : running) {
            pages -= Sequence.pagesFor(sequence.tokens.length()) - sequence.pages.length;
        }
        for (Slice slice : slices) {
            pages -= slice.copiesFirst() ? 1 : 0;
        }
        boolean alone = running.isEmpty();
        for (Sequence sequence : waiting) {
            if (places == 0 || rows == 0) {
                return;
            }
            Slice slice = first(sequence, rows);
            int wanted = pagesWanted(slice);
            if (wanted > pages && !alone) {
                return;
            }
            slices.add(slice);
            rows -= slice.count();
            pages -= wanted + 1;
            places--;
            alone = false;
        }
    }

    /** The first slice of a waiting sequence, after what the prefix cache has; its last token is computed in any case. */
    private Slice first(Sequence sequence, int rows) {
        int[] pages = pool.match(sequence.keys());
        int from = Math.min(pages.length * KvCache.PAGE, sequence.tokens.length() - 1);
        int count = Math.min(sequence.tokens.length() - from, rows);
        return new Slice(sequence, true, pages, from, count, from < pages.length * KvCache.PAGE);
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

    /** Sequences give their pages away and wait again. */
    void evict(List<Sequence> evicted) {
        for (Sequence sequence : evicted) {
            running.remove(sequence);
            pool.release(sequence.pages);
            sequence.evict();
            waiting.addFirst(sequence);
        }
    }

    /** The slices are computed: their pages belong to the sequences, full ones can be found by others. */
    void commit(StepPlan plan, int[][] tables) {
        for (int i = 0; i < tables.length; i++) {
            Slice slice = plan.slices().get(i);
            Sequence sequence = slice.sequence();
            if (slice.admitted()) {
                Sequence first = waiting.removeFirst();
                assert first == sequence : "admitted out of order";
                running.add(sequence);
            }
            if (slice.copiesFirst()) {
                pool.release(slice.pages()[slice.from() / KvCache.PAGE]);
            }
            sequence.pages = tables[i];
            sequence.computed = slice.from() + slice.count();
            sequence.failedSteps = 0;
            publish(sequence, slice.from() / KvCache.PAGE);
        }
    }

    private void publish(Sequence sequence, int firstPage) {
        List<PrefixKey> keys = sequence.keys();
        for (int page = firstPage; (page + 1) * KvCache.PAGE <= sequence.computed; page++) {
            pool.publish(sequence.pages[page], keys.get(page));
        }
    }

    /** The sequence has ended, however: its pages are free. */
    void remove(Sequence sequence) {
        if (running.remove(sequence)) {
            pool.release(sequence.pages);
            sequence.evict();
        } else {
            waiting.remove(sequence);
        }
    }

    /** The state between two steps. */
    Snapshot snapshot() {
        return new Snapshot(pool.snapshot(), List.copyOf(running), List.copyOf(waiting));
    }

    /**
     * Pages and sequences at one moment.
     *
     * @param pool the pages
     * @param running sequences that hold pages, in order of arrival
     * @param waiting sequences that hold none, in order of arrival
     */
    record Snapshot(PoolSnapshot pool, List<Sequence> running, List<Sequence> waiting) {}
}
