// SPDX-License-Identifier: Apache-2.0
// The one rule by which floats become 8-bit codes with a scale, see Activations.
#pragma once

#include "device.cuh"

// Where quantised rows go.
struct Activations {
    int8_t *codes;
    float *scales;
    int16_t *sums;
    int columns;
};

// A scale and what a value is multiplied by to get its code; the same in all lanes that have the same absmax.
struct Scale {
    float scale;
    float inverse;
};

DEVICE Scale scale_of(float absmax) {
    Scale s = {0.0f, 0.0f};
    if (absmax >= TINY) {
        s.scale = absmax / 127.0f;
        s.inverse = 127.0f / absmax;
    }
    return s;
}

DEVICE int code_of(float value, Scale s) {
    return (int8_t)nearest(value * s.inverse);
}

// Quantises row t, a warp for each group; value(k) is element k. Every thread of the block calls it.
template <typename Value> DEVICE void quantize_row(Value value, long t, const Activations &out) {
    int padded = padded_columns(out.columns);
    int groups = ceil_div(out.columns, ACTIVATION_GROUP);
    for (int g = warp(); g < groups; g += warps()) {
        int first = g * ACTIVATION_GROUP + lane() * 4;
        float v[4];
        float absmax = 0.0f;
        for (int i = 0; i < 4; i++) {
            v[i] = first + i < out.columns ? value(first + i) : 0.0f;
            absmax = fmaxf(absmax, fabsf(v[i]));
        }
        Scale s = scale_of(max_of_warp(absmax));
        uint32_t packed = 0;
        int sum = 0;
        for (int i = 0; i < 4; i++) {
            int code = code_of(v[i], s);
            packed |= (uint32_t)(uint8_t)code << (8 * i);
            sum += code;
        }
        sum += __shfl_xor_sync(ALL_LANES, sum, 1);
        sum += __shfl_xor_sync(ALL_LANES, sum, 2);
        if (first < padded) {
            *(uint32_t *)(out.codes + t * padded + first) = packed;
            if (first % SUM_COLUMNS == 0) {
                out.sums[(t * padded + first) / SUM_COLUMNS] = (int16_t)sum;
            }
        }
        if (lane() == 0) {
            out.scales[t * groups + g] = s.scale;
        }
    }
}
