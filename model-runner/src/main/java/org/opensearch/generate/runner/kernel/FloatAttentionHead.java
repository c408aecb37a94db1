// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.Arrays;

/** {@link AttentionHead} over pages of floats and bfloat16. */
final class FloatAttentionHead implements AttentionHead {
    private static final int PAGE = KvCache.PAGE;

    private final FloatKvPage page;
    private final int headDim;
    private final float scale;
    private final float[] acc;
    private final float[] e = new float[PAGE];
    private float[] query = {};
    private float max;
    private float sum;

    FloatAttentionHead(FloatKvPage page, int headDim, float scale) {
        this.page = page;
        this.headDim = headDim;
        this.scale = scale;
        acc = new float[headDim];
    }

    @Override
    public void start(float[] query) {
        this.query = query;
        Arrays.fill(acc, 0f);
        max = Float.NEGATIVE_INFINITY;
        sum = 0f;
    }

    @Override
    public void visit(int from, int to) {
        Arrays.fill(e, 0f);
        for (int d = 0; d < headDim; d++) {
            for (int j = 0; j < PAGE; j++) {
                e[j] = Math.fma(query[d], page.keys[d * PAGE + j], e[j]);
            }
        }
        float newMax = max;
        for (int j = from; j < to; j++) {
            e[j] *= scale;
            newMax = Math.max(newMax, e[j]);
        }
        for (int j = 0; j < PAGE; j++) {
            e[j] = j < from || j >= to ? 0f : FloatMath.exp(e[j] - newMax);
        }
        float correction = FloatMath.exp(max - newMax);
        for (int d = 0; d < headDim; d++) {
            acc[d] *= correction;
        }
        for (int j = from; j < to; j++) {
            for (int d = 0; d < headDim; d++) {
                acc[d] = Math.fma(e[j], page.values[j * headDim + d], acc[d]);
            }
        }
        sum = Math.fma(sum, correction, ScalarKernels.fold(e));
        max = newMax;
    }

    @Override
    public float[] finish() {
        float inverse = 1f / sum;
        for (int d = 0; d < headDim; d++) {
            acc[d] *= inverse;
        }
        return acc;
    }
}
