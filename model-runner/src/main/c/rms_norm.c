/* SPDX-License-Identifier: Apache-2.0 */
#include "quantize_group.h"
#include "rms.h"

static void norm_row(const float *x, const float *weight, float epsilon, int64_t t, activations out) {
    float r = inverse_rms(x, out.columns, epsilon);
    for (int64_t k = 0; k < out.columns; k += ACTIVATION_GROUP) {
        float y[ACTIVATION_GROUP] = {0};
        int64_t n = out.columns - k < ACTIVATION_GROUP ? out.columns - k : ACTIVATION_GROUP;
        for (int64_t i = 0; i < n; i++) {
            y[i] = (x[k + i] * r) * weight[k + i];
        }
        quantize_group(y, out, t, k);
    }
}

EXPORT void generate_rms_norm(
    const float *x, const float *weight, float epsilon, int64_t columns, int64_t begin, int64_t end, int8_t *codes,
    float *scales, int16_t *sums) {
    activations out = {codes, scales, sums, columns};
    for (int64_t t = begin; t < end; t++) {
        norm_row(x + t * columns, weight, epsilon, t, out);
    }
}

EXPORT void generate_add_rms_norm(
    float *x, const float *delta, const float *weight, float epsilon, int64_t columns, int64_t begin, int64_t end,
    int8_t *codes, float *scales, int16_t *sums) {
    activations out = {codes, scales, sums, columns};
    for (int64_t t = begin; t < end; t++) {
        for (int64_t i = t * columns; i < (t + 1) * columns; i++) {
            x[i] += delta[i];
        }
        norm_row(x + t * columns, weight, epsilon, t, out);
    }
}
