// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link Kernels#attention} for one thread: one query row at a time, all query heads that read one key head. */
final class ScalarAttention {
    private static final int PAGE = KvCache.PAGE;

    private final Buffer q;
    private final AttentionRows rows;
    private final int window;
    private final Buffer out;
    private final int headDim;
    private final KvPage page;
    private final AttentionHead[] group;

    ScalarAttention(
            Buffer q, KvCache cache, int layer, AttentionRows rows, int heads, float scale, int window, Buffer out) {
        this.q = q;
        this.rows = rows;
        this.window = window;
        this.out = out;
        headDim = cache.headDim();
        page = KvPage.of(cache, layer);
        group = new AttentionHead[heads / cache.kvHeads()];
        for (int i = 0; i < group.length; i++) {
            group[i] = page.newHead(scale);
        }
    }

    /** Computes and stores the output of row {@code t} for the query heads that read {@code kvHead}. */
    void run(int t, int kvHead) {
        int position = ScalarKernels.intAt(rows.positions(), t);
        long table =
                ScalarKernels.intAt(rows.sequences(), t) * rows.blockTables().columns();
        int first = window == 0 ? 0 : Math.max(0, position - window + 1);
        for (int i = 0; i < group.length; i++) {
            group[i].start(query(kvHead * group.length + i, t));
        }
        for (int p = first / PAGE; p <= position / PAGE; p++) {
            page.load(ScalarKernels.intAt(rows.blockTables(), table + p), kvHead);
            int from = Math.max(first - p * PAGE, 0);
            int to = Math.min(position - p * PAGE + 1, PAGE);
            for (AttentionHead head : group) {
                head.visit(from, to);
            }
        }
        for (int i = 0; i < group.length; i++) {
            long at = (t * out.columns() + (long) (kvHead * group.length + i) * headDim) * Float.BYTES;
            MemorySegment.copy(group[i].finish(), 0, out.memory(), ValueLayout.JAVA_FLOAT, at, headDim);
        }
    }

    private float[] query(int head, int t) {
        float[] query = new float[headDim];
        long at = (t * q.columns() + (long) head * headDim) * Float.BYTES;
        MemorySegment.copy(q.memory(), ValueLayout.JAVA_FLOAT, at, query, 0, headDim);
        return query;
    }
}
