// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.Arrays;

/** {@link AttentionHead} over pages of 8-bit codes. */
final class Int8AttentionHead implements AttentionHead {
    private static final int PAGE = KvCache.PAGE;
    /** Added to a float from 0 to 127, this leaves its nearest integer in the last bits. */
    private static final float ROUND = 0x1p23f;

    private final Int8KvPage page;
    private final int headDim;
    private final float scale;
    private final byte[] query;
    private final float[] acc;
    private final float[] e = new float[PAGE];
    private final float[] weights = new float[PAGE];
    private final int[] codes = new int[PAGE];
    private float queryScale;
    private float max;
    private float sum;

    Int8AttentionHead(Int8KvPage page, int headDim, float scale) {
        this.page = page;
        this.headDim = headDim;
        this.scale = scale * FloatMath.LOG2E;
        query = new byte[headDim];
        acc = new float[headDim];
    }

    @Override
    public void start(float[] row) {
        queryScale = Quantizer.group(row, 0, headDim, query, 0) * scale;
        Arrays.fill(acc, 0f);
        max = Float.NEGATIVE_INFINITY;
        sum = 0f;
    }

    @Override
    public void visit(int from, int to) {
        float newMax = max;
        for (int j = from; j < to; j++) {
            int product = 0;
            for (int d = 0; d < headDim; d++) {
                product += query[d] * page.key(j, d);
            }
            e[j] = (float) product * (queryScale * page.keyScales[j]);
            newMax = Math.max(newMax, e[j]);
        }
        float largest = 0f;
        for (int j = 0; j < PAGE; j++) {
            boolean visible = j >= from && j < to;
            e[j] = visible ? FloatMath.exp2(e[j] - newMax) : 0f;
            weights[j] = visible ? e[j] * page.valueScales[j] : 0f;
            largest = Math.max(largest, weights[j]);
        }
        float weightScale = quantizeWeights(largest);
        float correction = FloatMath.exp2(max - newMax);
        for (int d = 0; d < headDim; d++) {
            int product = 0;
            for (int j = from; j < to; j++) {
                product += codes[j] * page.value(j, d);
            }
            acc[d] = Math.fma((float) product, weightScale, acc[d] * correction);
        }
        sum = Math.fma(sum, correction, ScalarKernels.fold(e));
        max = newMax;
    }

    private float quantizeWeights(float largest) {
        float inverse = largest < Activations.TINY ? 0f : 127f / largest;
        for (int j = 0; j < PAGE; j++) {
            codes[j] = (int) (Math.fma(weights[j], inverse, ROUND) - ROUND);
        }
        return largest * (1f / 127f);
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
