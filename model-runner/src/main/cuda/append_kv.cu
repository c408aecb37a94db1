// SPDX-License-Identifier: Apache-2.0
// Kernels.appendKv: to pages of floats and bfloat16 a thread for each element, to pages of codes a warp for each head's key or
// value.
#include "quantize.cuh"

struct AppendKvArguments {
    const float *keys; // at the first key of the first row
    const float *values;
    const int *slots;
    void *pages;
    long rowColumns;
    int kvHeads;
    int headDim;
    int tokens;
};

template <typename Element, typename Convert> DEVICE void append(const AppendKvArguments &a, Convert convert) {
    long item = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (item >= (long)a.tokens * a.kvHeads * a.headDim) {
        return;
    }
    int d = (int)(item % a.headDim);
    int head = (int)(item / a.headDim % a.kvHeads);
    long t = item / a.headDim / a.kvHeads;
    int slot = a.slots[t];
    long from = t * a.rowColumns + head * a.headDim + d;
    long part = (long)a.headDim * PAGE;
    Element *page = (Element *)a.pages + ((long)(slot / PAGE) * a.kvHeads + head) * 2 * part;
    page[(long)d * PAGE + slot % PAGE] = convert(a.keys[from]);
    page[part + (long)(slot % PAGE) * a.headDim + d] = convert(a.values[from]);
}

KERNEL(append_kv_f32, AppendKvArguments) {
    append<float>(a, [](float value) { return value; });
}

KERNEL(append_kv_bf16, AppendKvArguments) {
    append<uint16_t>(a, [](float value) { return to_bf16(value); });
}

KERNEL(append_kv_int8, AppendKvArguments) {
    long item = (long)blockIdx.x * warps() + warp();
    if (item >= (long)a.tokens * a.kvHeads * 2) {
        return;
    }
    bool key = item % 2 == 0;
    int head = (int)(item / 2 % a.kvHeads);
    long t = item / 2 / a.kvHeads;
    int slot = a.slots[t];
    int position = slot % PAGE;
    int padded = ceil_div(a.headDim, 16) * 16;
    const float *x = (key ? a.keys : a.values) + t * a.rowColumns + head * a.headDim;
    float absmax = 0.0f;
    for (int d = lane(); d < a.headDim; d += WARP) {
        absmax = fmaxf(absmax, fabsf(x[d]));
    }
    Scale s = scale_of(max_of_warp(absmax));
    long part = 2L * PAGE * (padded + 4);
    int8_t *page = (int8_t *)a.pages + ((long)(slot / PAGE) * a.kvHeads + head) * part;
    for (int d = lane(); d < a.headDim; d += WARP) {
        int code = code_of(x[d], s);
        if (key) {
            page[(d / 4 * PAGE + position) * 4 + d % 4] = (int8_t)(code + 128);
        } else {
            page[PAGE * padded + (position / 4 * padded + d) * 4 + position % 4] = (int8_t)code;
        }
    }
    if (lane() == 0) {
        ((float *)(page + 2 * PAGE * padded))[(key ? 0 : PAGE) + position] = s.scale;
    }
}
