// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensearch.generate.runner.cache.Reservation;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.model.Batch;

/**
 * What one step shall do.
 *
 * @param evicted running sequences, youngest first, that give their pages away before the step
 * @param slices what is computed, sequence by sequence
 */
record StepPlan(List<Sequence> evicted, List<Slice> slices) {
    /**
     * A run of tokens of one sequence.
     *
     * @param sequence whose tokens
     * @param admitted whether the sequence waits, and runs from this step on
     * @param pages the pages it has before the step; for an admitted one, those found by its prefix
     * @param from first position computed
     * @param count how many
     * @param copiesFirst whether the page of {@code from} is shared, and has to be copied before it is written
     * @param draft tokens that may come after the sequence's last one, verified in the same step; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Slice(
            Sequence sequence, boolean admitted, int[] pages, int from, int count, boolean copiesFirst, int[] draft) {
        private static final int[] NO_DRAFT = {};

        /** Without a draft. */
        Slice(Sequence sequence, boolean admitted, int[] pages, int from, int count, boolean copiesFirst) {
            this(sequence, admitted, pages, from, count, copiesFirst, NO_DRAFT);
        }

        /** The same with a draft. */
        Slice drafting(int[] tokens) {
            return new Slice(sequence, admitted, pages, from, count, copiesFirst, tokens);
        }

        /** The sequence's own tokens, and the draft's. */
        int rows() {
            return count + draft.length;
        }

        /** Rows whose logits are wanted: the last token's, and those of the draft. */
        int logitRows() {
            return samples() ? 1 + draft.length : 0;
        }

        /** Pages to be reserved. */
        int freshPages() {
            return Sequence.pagesFor(from + rows()) - pages.length + (copiesFirst ? 1 : 0);
        }

        /** Whether its last token is computed, so that the next one can be sampled. */
        boolean samples() {
            return from + count == sequence.tokens.length();
        }

        /** Whether it goes on with an answer, rather than with a prompt. */
        boolean decodes() {
            return count == 1 || from >= sequence.tokens.promptLength();
        }
    }

    /** A copy of a page. */
    record Copy(int from, int to) {}

    /**
     * The plan on its pages.
     *
     * @param copies pages to copy first
     * @param batch what to run
     */
    record Placed(List<Copy> copies, Batch batch) {}

    int rows() {
        return slices.stream().mapToInt(Slice::rows).sum();
    }

    int freshPages() {
        return slices.stream().mapToInt(Slice::freshPages).sum();
    }

    int[] sharedPages() {
        return slices.stream()
                .filter(Slice::admitted)
                .flatMapToInt(slice -> Arrays.stream(slice.pages()))
                .toArray();
    }

    /** Gives every slice its pages. */
    Placed place(Reservation reservation) {
        int rows = rows();
        int[] tokens = new int[rows];
        int[] positions = new int[rows];
        int[] sequences = new int[rows];
        int[][] tables = new int[slices.size()][];
        int[] logitRows = new int[rows];
        List<Copy> copies = new ArrayList<>();
        int row = 0;
        int sampled = 0;
        for (int s = 0; s < tables.length; s++) {
            Slice slice = slices.get(s);
            int end = slice.from + slice.rows();
            int known = slice.sequence.tokens.length();
            int[] table = Arrays.copyOf(slice.pages, Sequence.pagesFor(end));
            if (slice.copiesFirst) {
                int page = slice.from / KvCache.PAGE;
                int copy = reservation.takePage();
                copies.add(new Copy(table[page], copy));
                table[page] = copy;
            }
            for (int page = slice.pages.length; page < table.length; page++) {
                table[page] = reservation.takePage();
            }
            for (int position = slice.from; position < end; position++) {
                tokens[row] = position < known ? slice.sequence.tokens.token(position) : slice.draft[position - known];
                positions[row] = position;
                sequences[row++] = s;
            }
            for (int last = slice.logitRows(); last > 0; last--) {
                logitRows[sampled++] = row - last;
            }
            tables[s] = table;
        }
        return new Placed(
                copies, new Batch(rows, tokens, positions, sequences, tables, Arrays.copyOf(logitRows, sampled)));
    }
}
