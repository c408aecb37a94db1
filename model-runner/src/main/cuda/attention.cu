// SPDX-License-Identifier: Apache-2.0
// Kernels.attention over pages of floats and bfloat16.
#include "attention.cuh"

DEVICE float number(float value) {
    return value;
}

DEVICE float number(uint16_t bits) {
    return from_bf16(bits);
}

template <typename Element> struct FloatPages {
    const AttentionArguments &a;
    const Query &query;
    float *weights;

    DEVICE_METHOD const Element *keys(int p) const {
        return (const Element *)a.pages + ((long)query.table[p] * a.kvHeads + query.kvHead) * 2 * a.headDim * PAGE;
    }

    DEVICE_METHOD static float exponential(float x) {
        return exp_(x);
    }

    DEVICE_METHOD float score(int p) const {
        const Element *page = keys(p);
        float s = 0.0f;
        for (int d = 0; d < a.headDim; d++) {
            s = multiply_add(query.q[d], number(page[d * PAGE + lane()]), s);
        }
        return s * a.scale;
    }

    DEVICE_METHOD void weigh(int, int i, float e) const {
        weights[i * PAGE + lane()] = e;
    }

    DEVICE_METHOD float add(float acc, float correction, int p, int i, int d) const {
        const Element *values = keys(p) + (long)a.headDim * PAGE;
        int to = min(query.position - p * PAGE + 1, PAGE);
        float v = acc * correction;
        for (int j = max(query.first - p * PAGE, 0); j < to; j++) {
            v = multiply_add(weights[i * PAGE + j], number(values[j * a.headDim + d]), v);
        }
        return v;
    }
};

template <typename Element> DEVICE void attend(const AttentionArguments &a, Chunk &chunk) {
    Query query = query_of(a);
    FloatPages<Element> pages = {a, query, chunk.scores};
    attend(a, query, pages, chunk);
}

KERNEL(attention_f32, AttentionArguments) {
    SHARED_CHUNK(chunk);
    attend<float>(a, chunk);
}

KERNEL(attention_bf16, AttentionArguments) {
    SHARED_CHUNK(chunk);
    attend<uint16_t>(a, chunk);
}
