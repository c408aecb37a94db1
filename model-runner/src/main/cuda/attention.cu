// SPDX-License-Identifier: Apache-2.0
// Kernels.attention over pages of floats and bfloat16.
#include "attention.cuh"

DEVICE float number(float value) {
    return value;
}

DEVICE float number(uint16_t bits) {
    return from_bf16(bits);
}

// N: elements of a head for each lane.
template <typename Element, int N> DEVICE void attend(const AttentionArguments &a, float *weights) {
    Query query = query_of(a);
    const float *q = a.q + query.t * a.qColumns + query.head * a.headDim;
    long part = (long)a.headDim * PAGE;
    float acc[N];
    for (int i = 0; i < N; i++) {
        acc[i] = 0.0f;
    }
    float most = -INFINITY;
    float sum = 0.0f;
    for (int p = query.first / PAGE; p <= query.position / PAGE; p++) {
        const Element *keys = (const Element *)a.pages + ((long)query.table[p] * a.kvHeads + query.kvHead) * 2 * part;
        const Element *values = keys + part;
        float score = -INFINITY;
        if (sees(query, p)) {
            float s = 0.0f;
            for (int d = 0; d < a.headDim; d++) {
                s = multiply_add(q[d], number(keys[d * PAGE + lane()]), s);
            }
            score = s * a.scale;
        }
        float newMost = fmaxf(most, max_of_warp(score));
        float e = sees(query, p) ? exp_(score - newMost) : 0.0f;
        float correction = exp_(most - newMost);
        weights[lane()] = e;
        __syncwarp();
        int from = max(query.first - p * PAGE, 0);
        int to = min(query.position - p * PAGE + 1, PAGE);
        for (int i = 0; i < N; i++) {
            int d = i * WARP + lane();
            if (d < a.headDim) {
                float v = acc[i] * correction;
                for (int j = from; j < to; j++) {
                    v = multiply_add(weights[j], number(values[j * a.headDim + d]), v);
                }
                acc[i] = v;
            }
        }
        sum = multiply_add(sum, correction, fold(e, PAGE / 2));
        most = newMost;
        __syncwarp();
    }
    store<N>(a, query, acc, sum);
}

template <typename Element> DEVICE void attend(const AttentionArguments &a, float *weights) {
    if (!has_query(a)) {
        return;
    }
    if (a.headDim <= 4 * WARP) {
        attend<Element, 4>(a, weights + warp() * PAGE);
    } else {
        attend<Element, MAX_HEAD_DIM / WARP>(a, weights + warp() * PAGE);
    }
}

KERNEL(attention_f32, AttentionArguments) {
    SHARED(float, weights, ATTENTION_WARPS *PAGE);
    attend<float>(a, weights);
}

KERNEL(attention_bf16, AttentionArguments) {
    SHARED(float, weights, ATTENTION_WARPS *PAGE);
    attend<uint16_t>(a, weights);
}
