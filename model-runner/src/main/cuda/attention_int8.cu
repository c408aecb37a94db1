// SPDX-License-Identifier: Apache-2.0
// Kernels.attention over pages of 8-bit codes.
#include "attention.cuh"
#include "quantize.cuh"

// The codes of a query in `codes`, zeros beyond the head; its scale. Each warp has its own.
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

struct CodePages {
    const AttentionArguments &a;
    const Query &query;
    const int8_t *queryCodes;
    float queryScale;
    int padded;
    int8_t *weightCodes;
    float *weightScales;

    DEVICE_METHOD const int8_t *page(int p) const {
        return (const int8_t *)a.pages + ((long)query.table[p] * a.kvHeads + query.kvHead) * 2 * PAGE * (padded + 4);
    }

    // Of keys, then of values.
    DEVICE_METHOD const float *scales(int p) const {
        return (const float *)(page(p) + 2 * PAGE * padded);
    }

    DEVICE_METHOD static float exponential(float x) {
        return exp2_(x);
    }

    DEVICE_METHOD float score(int p) const {
        const int *keys = (const int *)page(p);
        int product = 0;
        for (int d = 0; d < padded / 4; d++) {
            int key = (int)((uint32_t)keys[d * PAGE + lane()] ^ 0x80808080u);
            product = add_products(key, ((const int *)queryCodes)[d], product);
        }
        return (float)product * (queryScale * scales(p)[lane()]);
    }

    DEVICE_METHOD void weigh(int p, int i, float e) const {
        float weight = sees(query, p) ? e * scales(p)[PAGE + lane()] : 0.0f;
        float top = max_of_warp(weight);
        float inverse = top < TINY ? 0.0f : 127.0f / top;
        weightCodes[i * PAGE + lane()] = (int8_t)(int)(multiply_add(weight, inverse, 0x1p23f) - 0x1p23f);
        if (lane() == 0) {
            weightScales[i] = top * (1.0f / 127.0f);
        }
    }

    DEVICE_METHOD float add(float acc, float correction, int p, int i, int d) const {
        const int *values = (const int *)(page(p) + PAGE * padded);
        const int *weights = (const int *)(weightCodes + i * PAGE);
        int product = 0;
        for (int j = 0; j < PAGE / 4; j++) {
            product = add_products(values[j * padded + d], weights[j], product);
        }
        return multiply_add((float)product, weightScales[i], acc * correction);
    }
};

KERNEL(attention_int8, AttentionArguments) {
    SHARED(int, queryCodes, ATTENTION_WARPS *MAX_HEAD_DIM / 4);
    SHARED(int, weightCodes, CHUNK_PAGES *PAGE / 4);
    SHARED(float, weightScales, CHUNK_PAGES);
    SHARED_CHUNK(chunk);
    Query query = query_of(a);
    int8_t *codes = (int8_t *)queryCodes + warp() * MAX_HEAD_DIM;
    float queryScale = quantize_query(query.q, a.headDim, codes) * (a.scale * 1.44269504f);
    int padded = ceil_div(a.headDim, 16) * 16;
    CodePages pages = {a, query, codes, queryScale, padded, (int8_t *)weightCodes, weightScales};
    attend(a, query, pages, chunk);
}
