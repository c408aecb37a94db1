// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.Arrays;
import org.opensearch.generate.runner.kernel.AttentionRows;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;

/** Checks a batch and brings its ids, positions and block tables to the device. */
final class BatchUpload {
    /** Buffers of an int a row, beside the block tables. */
    static final int VECTORS = 7;

    private final Kernels kernels;
    private final int maxRows;
    private final int maxPages;
    private final Buffer tokens;
    private final Buffer logitRows;
    private final AttentionRows rows;
    private final AttentionRows finished;
    private final int[] slots;
    private final int[] tables;

    /** {@code maxPages}: pages of the longest context. */
    BatchUpload(Kernels kernels, DeviceMemory memory, int maxRows, int maxPages) {
        this.kernels = kernels;
        this.maxRows = maxRows;
        this.maxPages = maxPages;
        tokens = memory.allocate("token ids", DataType.I32, 1, maxRows);
        logitRows = memory.allocate("logit rows", DataType.I32, 1, maxRows);
        rows = new AttentionRows(
                memory.allocate("positions", DataType.I32, 1, maxRows),
                memory.allocate("slots", DataType.I32, 1, maxRows),
                memory.allocate("sequences", DataType.I32, 1, maxRows),
                memory.allocate("block tables", DataType.I32, maxRows, maxPages));
        finished = new AttentionRows(
                memory.allocate("positions of logit rows", DataType.I32, 1, maxRows),
                rows.slots(),
                memory.allocate("sequences of logit rows", DataType.I32, 1, maxRows),
                rows.blockTables());
        slots = new int[maxRows];
        tables = new int[Math.multiplyExact(maxRows, maxPages)];
    }

    Buffer tokens() {
        return tokens;
    }

    AttentionRows rows() {
        return rows;
    }

    /** The rows that {@link #selectLogitRows} picked. */
    Buffer logitRows() {
        return logitRows;
    }

    /** What {@code count} of the rows whose logits are wanted see, from the {@code from}th on. */
    AttentionRows selectLogitRows(Batch batch, int from, int count) {
        int[] picked = Arrays.copyOfRange(batch.logitRows(), from, from + count);
        kernels.upload(picked, count, logitRows);
        kernels.upload(pick(batch.positions(), picked), count, finished.positions());
        kernels.upload(pick(batch.sequences(), picked), count, finished.sequences());
        return finished;
    }

    private static int[] pick(int[] values, int[] at) {
        return Arrays.stream(at).map(i -> values[i]).toArray();
    }

    void upload(Batch batch, int vocabulary, int maxContext, int pages) {
        int count = batch.rows();
        require(count >= 1 && count <= maxRows, "rows", count, maxRows);
        int sequences = batch.blockTables().length;
        require(sequences <= maxRows, "sequences", sequences, maxRows);
        for (int s = 0; s < sequences; s++) {
            int[] table = batch.blockTables()[s];
            require(table.length <= maxPages, "pages of a sequence", table.length, maxPages);
            for (int page : table) {
                require(page >= 0 && page < pages, "page", page, pages);
            }
            System.arraycopy(table, 0, tables, s * maxPages, table.length);
        }
        for (int t = 0; t < count; t++) {
            int token = batch.tokens()[t];
            int position = batch.positions()[t];
            int sequence = batch.sequences()[t];
            require(token >= 0 && token < vocabulary, "token", token, vocabulary);
            require(position >= 0 && position < maxContext, "position", position, maxContext);
            require(sequence >= 0 && sequence < sequences, "sequence", sequence, sequences);
            int[] table = batch.blockTables()[sequence];
            int page = position / KvCache.PAGE;
            require(page < table.length, "page of position " + position, page, table.length);
            slots[t] = table[page] * KvCache.PAGE + position % KvCache.PAGE;
        }
        for (int row : batch.logitRows()) {
            require(row >= 0 && row < count, "logit row", row, count);
        }
        kernels.upload(batch.tokens(), count, tokens);
        kernels.upload(batch.positions(), count, rows.positions());
        kernels.upload(slots, count, rows.slots());
        kernels.upload(batch.sequences(), count, rows.sequences());
        kernels.upload(tables, sequences * maxPages, rows.blockTables());
    }

    private static void require(boolean holds, String what, int found, int limit) {
        if (!holds) {
            throw new IllegalArgumentException("batch: " + what + " " + found + " does not fit " + limit);
        }
    }
}
