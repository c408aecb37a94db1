/* SPDX-License-Identifier: Apache-2.0 */
#include "quantize_group.h"

EXPORT void generate_swiglu(
    const float *gate_and_up, int64_t columns, int64_t begin, int64_t end, int8_t *codes, float *scales, int16_t *sums) {
    activations out = {codes, scales, sums, columns};
    for (int64_t t = begin; t < end; t++) {
        const float *gate = gate_and_up + t * 2 * columns;
        const float *up = gate + columns;
        for (int64_t k = 0; k < columns; k += ACTIVATION_GROUP) {
            float y[ACTIVATION_GROUP] = {0};
            int64_t n = columns - k < ACTIVATION_GROUP ? columns - k : ACTIVATION_GROUP;
            for (int64_t i = 0; i < n; i += LANES) {
                f32v g = load_first(gate + k + i, n - i);
                store(y + i, g / (1.0f + exp_(-g)) * load_first(up + k + i, n - i));
            }
            quantize_group(y, out, t, k);
        }
    }
}
