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
     * @param branches runs of tokens that may come instead, verified too; only where one token is computed. Rows see what their block
     *     table names, so each branch has one of its own: the pages before that of the last token are the sequence's, the others are
     *     fresh, and the last token is computed in them once more
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Slice(
            Sequence sequence,
            boolean admitted,
            int[] pages,
            int from,
            int count,
            boolean copiesFirst,
            int[] draft,
            List<int[]> branches) {
        private static final int[] NO_DRAFT = {};

        /** Without a draft. */
        Slice(Sequence sequence, boolean admitted, int[] pages, int from, int count, boolean copiesFirst) {
            this(sequence, admitted, pages, from, count, copiesFirst, NO_DRAFT, List.of());
        }

        /** The same with a draft. */
        Slice drafting(int[] tokens, List<int[]> others) {
            return new Slice(sequence, admitted, pages, from, count, copiesFirst, tokens, others);
        }

        /** Tokens of draft and branches. */
        int draftedTokens() {
            return draft.length
                    + branches.stream().mapToInt(branch -> branch.length).sum();
        }

        /** The sequence's own tokens, the draft's, and those of the branches with the last token before each. */
        int rows() {
            return count + draftedTokens() + branches.size();
        }

        /** Rows whose logits are wanted: the last token's, those of the draft, and those of the branches. */
        int logitRows() {
            return samples() ? 1 + draftedTokens() : 0;
        }

        /** Of these, the one of a branch's first token; of the draft's, where {@code branch} is -1. */
        int firstLogitRow(int branch) {
            int row = 1;
            for (int before = -1; before < branch; before++) {
                row += before < 0 ? draft.length : branches.get(before).length;
            }
            return row;
        }

        /** Pages to be reserved. */
        int freshPages() {
            return Sequence.pagesFor(from + count + draft.length)
                    - pages.length
                    + (copiesFirst ? 1 : 0)
                    + branches.stream()
                            .mapToInt(branch -> Sequence.pagesFor(from + 1 + branch.length) - forkedPage())
                            .sum();
        }

        /** The first page that a branch does not share. */
        int forkedPage() {
            return from / KvCache.PAGE;
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
     * @param tables the block table of each slice
     * @param branchTables those of its branches
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Placed(List<Copy> copies, Batch batch, int[][] tables, int[][][] branchTables) {}

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

    /** Gives every slice and every branch its pages. */
    Placed place(Reservation reservation) {
        Placing placing = new Placing(rows(), reservation);
        int[][] tables = new int[slices.size()][];
        int[][][] branchTables = new int[tables.length][][];
        for (int s = 0; s < tables.length; s++) {
            Slice slice = slices.get(s);
            tables[s] = placing.slice(slice);
            branchTables[s] = slice.branches.stream()
                    .map(branch -> placing.branch(slice, branch))
                    .toArray(int[][]::new);
        }
        return new Placed(placing.copies, placing.batch(), tables, branchTables);
    }

    /** A batch that grows row by row. */
    private static final class Placing {
        private final Reservation reservation;
        private final List<Copy> copies = new ArrayList<>();
        private final List<int[]> tables = new ArrayList<>();
        private final int[] tokens;
        private final int[] positions;
        private final int[] sequences;
        private final int[] logitRows;
        private int rows;
        private int sampled;

        Placing(int rows, Reservation reservation) {
            this.reservation = reservation;
            tokens = new int[rows];
            positions = new int[rows];
            sequences = new int[rows];
            logitRows = new int[rows];
        }

        int[] slice(Slice slice) {
            int end = slice.from + slice.count + slice.draft.length;
            int[] table = fresh(Arrays.copyOf(slice.pages, Sequence.pagesFor(end)), slice.pages.length);
            if (slice.copiesFirst) {
                int page = slice.from / KvCache.PAGE;
                int copy = reservation.takePage();
                copies.add(new Copy(table[page], copy));
                table[page] = copy;
            }
            int known = slice.sequence.tokens.length();
            for (int position = slice.from; position < end; position++) {
                row(position < known ? slice.sequence.tokens.token(position) : slice.draft[position - known], position);
            }
            sample(slice.samples() ? 1 + slice.draft.length : 0);
            tables.add(table);
            return table;
        }

        int[] branch(Slice slice, int[] branch) {
            int forked = slice.forkedPage();
            int[] table = fresh(Arrays.copyOf(slice.pages, Sequence.pagesFor(slice.from + 1 + branch.length)), forked);
            if (slice.from % KvCache.PAGE > 0) {
                copies.add(new Copy(slice.pages[forked], table[forked]));
            }
            row(slice.sequence.tokens.token(slice.from), slice.from);
            for (int i = 0; i < branch.length; i++) {
                row(branch[i], slice.from + 1 + i);
            }
            sample(branch.length);
            tables.add(table);
            return table;
        }

        private int[] fresh(int[] table, int from) {
            for (int page = from; page < table.length; page++) {
                table[page] = reservation.takePage();
            }
            return table;
        }

        private void row(int token, int position) {
            tokens[rows] = token;
            positions[rows] = position;
            sequences[rows++] = tables.size();
        }

        /** The logits of the latest rows are wanted. */
        private void sample(int latest) {
            for (int row = rows - latest; row < rows; row++) {
                logitRows[sampled++] = row;
            }
        }

        Batch batch() {
            return new Batch(
                    rows,
                    tokens,
                    positions,
                    sequences,
                    tables.toArray(int[][]::new),
                    Arrays.copyOf(logitRows, sampled));
        }
    }
}
