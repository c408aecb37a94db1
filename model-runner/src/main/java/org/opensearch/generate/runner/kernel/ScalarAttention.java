// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** {@link Kernels#attention} for one thread: one query row at a time, all query heads that read one key head. */
final class ScalarAttention {
    private static final int PAGE = KvCache.PAGE;

    private final Buffer q;
    private final AttentionRows rows;
    private final float scale;
    private final int window;
    private final Buffer out;
    private final int headDim;
    private final KvPage page;
    private final float[] e = new float[PAGE];
    private final Head[] group;

    ScalarAttention(
            Buffer q, KvCache cache, int layer, AttentionRows rows, int heads, float scale, int window, Buffer out) {
        this.q = q;
        this.rows = rows;
        this.scale = scale;
        this.window = window;
        this.out = out;
        headDim = cache.headDim();
        page = new KvPage(cache, layer);
        group = new Head[heads / cache.kvHeads()];
        for (int i = 0; i < group.length; i++) {
            group[i] = new Head(headDim);
        }
    }

    /** Computes and stores the output of row {@code t} for the query heads that read {@code kvHead}. */
    void run(int t, int kvHead) {
        int position = ScalarKernels.intAt(rows.positions(), t);
        long table =
                ScalarKernels.intAt(rows.sequences(), t) * rows.blockTables().columns();
        int first = window == 0 ? 0 : Math.max(0, position - window + 1);
        for (int i = 0; i < group.length; i++) {
            group[i].start(kvHead * group.length + i, t);
        }
        for (int p = first / PAGE; p <= position / PAGE; p++) {
            page.load(ScalarKernels.intAt(rows.blockTables(), table + p), kvHead);
            int from = Math.max(first - p * PAGE, 0);
            int to = Math.min(position - p * PAGE + 1, PAGE);
            for (Head head : group) {
                head.visit(from, to);
            }
        }
        for (int i = 0; i < group.length; i++) {
            group[i].finish(kvHead * group.length + i, t);
        }
    }

    /** The running state of one query head. */
    private final class Head {
        private final float[] query;
        private final float[] acc;
        private float max;
        private float sum;

        Head(int headDim) {
            query = new float[headDim];
            acc = new float[headDim];
        }

        void start(int head, int t) {
            long at = (t * q.columns() + (long) head * headDim) * Float.BYTES;
            MemorySegment.copy(q.memory(), ValueLayout.JAVA_FLOAT, at, query, 0, headDim);
            Arrays.fill(acc, 0f);
            max = Float.NEGATIVE_INFINITY;
            sum = 0f;
        }

        void visit(int from, int to) {
            float[] scores = e;
            Arrays.fill(scores, 0f);
            for (int d = 0; d < headDim; d++) {
                for (int j = 0; j < PAGE; j++) {
                    scores[j] = Math.fma(query[d], page.keys[d * PAGE + j], scores[j]);
                }
            }
            float newMax = max;
            for (int j = from; j < to; j++) {
                scores[j] *= scale;
                newMax = Math.max(newMax, scores[j]);
            }
            for (int j = 0; j < PAGE; j++) {
                scores[j] = j < from || j >= to ? 0f : FloatMath.exp(scores[j] - newMax);
            }
            float correction = FloatMath.exp(max - newMax);
            for (int d = 0; d < headDim; d++) {
                acc[d] *= correction;
            }
            for (int j = from; j < to; j++) {
                for (int d = 0; d < headDim; d++) {
                    acc[d] = Math.fma(scores[j], page.values[j * headDim + d], acc[d]);
                }
            }
            sum = Math.fma(sum, correction, ScalarKernels.fold(scores));
            max = newMax;
        }

        void finish(int head, int t) {
            float inverse = 1f / sum;
            for (int d = 0; d < headDim; d++) {
                acc[d] *= inverse;
            }
            long at = (t * out.columns() + (long) head * headDim) * Float.BYTES;
            MemorySegment.copy(acc, 0, out.memory(), ValueLayout.JAVA_FLOAT, at, headDim);
        }
    }
}
