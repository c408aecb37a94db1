// SPDX-License-Identifier: Apache-2.0
// Kernels.attention over pages of 8-bit codes.
#include "attention.cuh"
#include "quantize.cuh"

// The codes of a query in `codes`, zeros beyond the head; its scale.
DEVICE float quantize_query(const float *q, int headDim, int8_t *codes) {
    float absmax = 0.0f;
    for (int d = lane(); d < headDim; d += WARP) {
        absmax = fmaxf(absmax, fabsf(q[d]));
    }
    Scale s = scale_of(max_of_warp(absmax));
    for (int d = lane(); d < ceil_div(headDim, 16) * 16; d += WARP) {
        codes[d] = (int8_t)(d < headDim ? code_of(q[d], s) : 0);
    }
    __syncwarp();
    return s.scale;
}

// N: elements of a head for each lane.
template <int N> DEVICE void attend(const AttentionArguments &a, int8_t *queryCodes, int8_t *weightCodes) {
    Query query = query_of(a);
    int padded = ceil_div(a.headDim, 16) * 16;
    const float *q = a.q + query.t * a.qColumns + query.head * a.headDim;
    float queryScale = quantize_query(q, a.headDim, queryCodes) * (a.scale * 1.44269504f);
    float acc[N];
    for (int i = 0; i < N; i++) {
        acc[i] = 0.0f;
    }
    float most = -INFINITY;
    float sum = 0.0f;
    long part = 2L * PAGE * (padded + 4);
    for (int p = query.first / PAGE; p <= query.position / PAGE; p++) {
        const int8_t *page = (const int8_t *)a.pages + ((long)query.table[p] * a.kvHeads + query.kvHead) * part;
        const int *keys = (const int *)page;
        const int *values = (const int *)(page + PAGE * padded);
        const float *keyScales = (const float *)(page + 2 * PAGE * padded);
        bool visible = sees(query, p);
        float score = -INFINITY;
        if (visible) {
            int product = 0;
            for (int d = 0; d < padded / 4; d++) {
                int key = (int)((uint32_t)keys[d * PAGE + lane()] ^ 0x80808080u);
                product = add_products(key, ((const int *)queryCodes)[d], product);
            }
            score = (float)product * (queryScale * keyScales[lane()]);
        }
        float newMost = fmaxf(most, max_of_warp(score));
        float e = visible ? exp2_(score - newMost) : 0.0f;
        float weight = visible ? e * keyScales[PAGE + lane()] : 0.0f;
        float top = max_of_warp(weight);
        float inverse = top < TINY ? 0.0f : 127.0f / top;
        weightCodes[lane()] = (int8_t)(int)(multiply_add(weight, inverse, 0x1p23f) - 0x1p23f);
        __syncwarp();
        float weightScale = top * (1.0f / 127.0f);
        float correction = exp2_(most - newMost);
        for (int i = 0; i < N; i++) {
            int d = i * WARP + lane();
            if (d < a.headDim) {
                int product = 0;
                for (int j = 0; j < PAGE / 4; j++) {
                    product = add_products(values[j * padded + d], ((const int *)weightCodes)[j], product);
                }
                acc[i] = multiply_add((float)product, weightScale, acc[i] * correction);
            }
        }
        sum = multiply_add(sum, correction, fold(e, PAGE / 2));
        most = newMost;
        __syncwarp();
    }
    store<N>(a, query, acc, sum);
}

KERNEL(attention_int8, AttentionArguments) {
    SHARED(int, queryCodes, ATTENTION_WARPS *MAX_HEAD_DIM / 4);
    SHARED(int, weightCodes, ATTENTION_WARPS *PAGE / 4);
    if (!has_query(a)) {
        return;
    }
    int8_t *codes = (int8_t *)queryCodes + warp() * MAX_HEAD_DIM;
    int8_t *weights = (int8_t *)weightCodes + warp() * PAGE;
    if (a.headDim <= 4 * WARP) {
        attend<4>(a, codes, weights);
    } else {
        attend<MAX_HEAD_DIM / WARP>(a, codes, weights);
    }
}
