/* SPDX-License-Identifier: Apache-2.0 */
/* Quantisation of one activation group, shared by the operations whose output is quantised. */
#ifndef GENERATE_QUANTIZE_GROUP_H
#define GENERATE_QUANTIZE_GROUP_H

#include "kernels.h"
#include "lanes.h"

/* Where the quantised rows go. */
typedef struct {
    int8_t *codes;
    float *scales;
    int16_t *sums;
    int64_t columns;
} activations;

/*
 * Quantises the group of row t that begins at column k, a multiple of 128, as Activations says. y holds its values and, beyond
 * the row's columns, zeros.
 */
INLINE void quantize_group(const float y[ACTIVATION_GROUP], activations out, int64_t t, int64_t k) {
    f32v m = all(0.0f);
    for (int i = 0; i < ACTIVATION_GROUP; i += LANES) {
        m = max_(abs_(load(y + i)), m);
    }
    float absmax = largest(m);
    float scale = 0.0f;
    float inverse = 0.0f;
    if (absmax >= 0x1p-100f) {
        scale = absmax / 127.0f;
        inverse = 127.0f / absmax;
    }
    int64_t padded = padded_columns(out.columns);
    int64_t width = padded - k < ACTIVATION_GROUP ? padded - k : ACTIVATION_GROUP;
    int8_t *codes = out.codes + t * padded + k;
    int16_t *sums = out.sums + (t * padded + k) / SUM_COLUMNS;
    for (int64_t i = 0; i < width; i += SUM_COLUMNS) {
        int32_t n[SUM_COLUMNS];
        for (int p = 0; p < PARTS; p++) {
            i32v v = round_(load(y + i + p * LANES) * inverse);
            memcpy(n + p * LANES, &v, sizeof v);
        }
        int32_t sum = 0;
        for (int j = 0; j < SUM_COLUMNS; j++) {
            codes[i + j] = (int8_t)n[j];
            sum += (int8_t)n[j];
        }
        sums[i / SUM_COLUMNS] = (int16_t)sum;
    }
    out.scales[t * ((out.columns + ACTIVATION_GROUP - 1) / ACTIVATION_GROUP) + k / ACTIVATION_GROUP] = scale;
}

#endif
