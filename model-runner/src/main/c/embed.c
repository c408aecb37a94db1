/* SPDX-License-Identifier: Apache-2.0 */
#include "scales.h"

EXPORT void generate_embed(
    const uint8_t *codes, const int8_t *table, const void *scales, const float *large_scales, const void *minima,
    const float *large_minima, int64_t columns, int64_t bits, int64_t group, int64_t zero, const int32_t *ids, int64_t begin,
    int64_t end, float *out) {
    group_scales scale_of = {scales, large_scales};
    group_scales minimum_of = {minima, large_minima};
    int64_t padded = padded_columns(columns);
    int64_t groups = (padded + group - 1) / group;
    for (int64_t t = begin; t < end; t++) {
        int64_t block = ids[t] / BLOCK_ROWS;
        int64_t lane = ids[t] % BLOCK_ROWS;
        int part = (int)lane / LANES * LANES;
        const uint8_t *row = codes + block * padded * BLOCK_ROWS * bits / 8 + lane * 4;
        for (int64_t first = 0; first < columns; first += group) {
            int64_t last = first + group < columns ? first + group : columns;
            float scale = load_scales(&scale_of, block, groups, group, first / group, part)[lane % LANES];
            float minimum = minima ? load_scales(&minimum_of, block, groups, group, first / group, part)[lane % LANES] : 0.0f;
            for (int64_t k = first; k < last; k++) {
                int32_t code;
                if (bits == 8) {
                    code = row[k / 4 * 64 + k % 4];
                } else {
                    code = row[k / 8 * 64 + k % 4] >> (k % 8 / 4 * 4) & 15;
                }
                float w = scale * (float)(table ? table[code] : code - (int32_t)zero);
                out[t * columns + k] = minima ? w - minimum : w;
            }
        }
    }
}
