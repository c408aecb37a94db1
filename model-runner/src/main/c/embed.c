/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

EXPORT void generate_embed(
    const uint8_t *codes, const float *scales, const float *minima, int64_t columns, int64_t bits, int64_t group, int64_t zero,
    const int32_t *ids, int64_t begin, int64_t end, float *out) {
    int64_t padded = padded_columns(columns);
    int64_t groups = (padded + group - 1) / group;
    for (int64_t t = begin; t < end; t++) {
        int64_t block = ids[t] / BLOCK_ROWS;
        int64_t lane = ids[t] % BLOCK_ROWS;
        const uint8_t *row = codes + block * padded * BLOCK_ROWS * bits / 8 + lane * 4;
        for (int64_t k = 0; k < columns; k++) {
            int32_t code;
            if (bits == 8) {
                code = row[k / 4 * 64 + k % 4];
            } else {
                code = row[k / 8 * 64 + k % 4] >> (k % 8 / 4 * 4) & 15;
            }
            int64_t g = (block * groups + k / group) * BLOCK_ROWS + lane;
            float w = scales[g] * (float)(code - (int32_t)zero);
            out[t * columns + k] = minima ? w - minima[g] : w;
        }
    }
}
