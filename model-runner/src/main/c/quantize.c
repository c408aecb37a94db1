/* SPDX-License-Identifier: Apache-2.0 */
#include "quantize_group.h"

EXPORT void generate_quantize(
    const float *x, int64_t columns, int64_t begin, int64_t end, int8_t *codes, float *scales, int16_t *sums) {
    activations out = {codes, scales, sums, columns};
    for (int64_t t = begin; t < end; t++) {
        const float *row = x + t * columns;
        for (int64_t k = 0; k < columns; k += ACTIVATION_GROUP) {
            float y[ACTIVATION_GROUP] = {0};
            int64_t n = columns - k < ACTIVATION_GROUP ? columns - k : ACTIVATION_GROUP;
            memcpy(y, row + k, (size_t)n * sizeof(float));
            quantize_group(y, out, t, k);
        }
    }
}
