/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tile is the outputs of one row block for up to TILE_TOKENS tokens over up to STRIP_COLUMNS columns; its sums live in registers.
 * The float sums wait in the output between the tiles of a row, and each output adds its groups in ascending order. With few
 * tokens the tiles follow the weights, which stream through once; with many, a panel of STRIP_BLOCKS blocks stays in the cache
 * while all tokens pass.
 */
#include "dot.h"
#include "nibbles.h"
#include "product.h"
#if LANES == 16
#include "matmul_vnni.h"
#endif
#if defined(__AMX_INT8__) || defined(GENERATE_TILES_IN_C)
#include "matmul_amx.h"
#endif

enum { STRIP_BLOCKS = 8, STRIP_COLUMNS = SUM_GROUPS * 16 };

/* Columns from `from` to `to`, both multiples of STRIP_COLUMNS or the padded end, for `tokens` tokens from t0 on. */
INLINE void tile(
    const int tokens, const int bits, const int64_t group, const product *m, const group_sums *sums, int64_t block, int64_t t0,
    int64_t from, int64_t to) {
    const int64_t padded = m->padded;
    const int64_t row = block * BLOCK_ROWS;
    const uint8_t *w = m->codes + block * padded * BLOCK_ROWS * bits / 8;
    const int64_t first_group = from / group;
    const int8_t *x = m->x_codes + t0 * padded;
    const float *x_scales = m->x_scales + t0 * m->x_groups;
    float *out = m->out + t0 * m->out_stride + row;

    f32v acc[TILE_TOKENS][PARTS];
    for (int t = 0; t < tokens; t++) {
        for (int p = 0; p < PARTS; p++) {
            int64_t left = m->rows - row - p * LANES;
            acc[t][p] = from > 0 && left > 0 ? load_first(out + t * m->out_stride + p * LANES, left) : all(0.0f);
        }
    }
    int64_t at = 0;
    for (int64_t k = from; k < to; k += ACTIVATION_GROUP) {
        int64_t end = k + ACTIVATION_GROUP < to ? k + ACTIVATION_GROUP : to;
        f32v inner[TILE_TOKENS][PARTS];
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < PARTS; p++) {
                inner[t][p] = all(0.0f);
            }
        }
        for (int64_t g = k; g < end; g += group, at++) {
            int64_t width = group <= COLUMN_PADDING || g + group < end ? group : end - g;
            i32v sum[TILE_TOKENS][PARTS];
            for (int t = 0; t < tokens; t++) {
                for (int p = 0; p < PARTS; p++) {
                    sum[t][p] = all_int(sums->start[t][at]);
                }
            }
            if (bits == 8) {
                dot8(tokens, width, w + g * BLOCK_ROWS, x + g, padded, sum);
            } else if (m->table) {
                uint8_t codes[ACTIVATION_GROUP * BLOCK_ROWS];
                unpack_table(w + g * BLOCK_ROWS / 2, m->table, width, codes, 64);
                dot8(tokens, width, codes, x + g, padded, sum);
            } else {
                dot4(tokens, width, w + g * BLOCK_ROWS / 2, x + g, padded, sum);
            }
            for (int p = 0; p < PARTS; p++) {
                f32v scale = load_scales(&m->scales, block, m->groups, group, first_group + at, p * LANES);
                for (int t = 0; t < tokens; t++) {
                    inner[t][p] = fma_(to_float(sum[t][p]), scale, inner[t][p]);
                }
            }
            if (m->minima.small) {
                for (int p = 0; p < PARTS; p++) {
                    f32v minimum = load_scales(&m->minima, block, m->groups, group, first_group + at, p * LANES);
                    for (int t = 0; t < tokens; t++) {
                        inner[t][p] = fma_(all(sums->x_sum[t][at]), -minimum, inner[t][p]);
                    }
                }
            }
        }
        for (int t = 0; t < tokens; t++) {
            f32v scale = all(x_scales[t * m->x_groups + k / ACTIVATION_GROUP]);
            for (int p = 0; p < PARTS; p++) {
                acc[t][p] = fma_(inner[t][p], scale, acc[t][p]);
            }
        }
    }
    for (int p = 0; p < PARTS; p++) {
        int64_t left = m->rows - row - p * LANES;
        if (left <= 0) {
            break;
        }
        f32v bias = m->bias && to == padded ? load_first(m->bias + row + p * LANES, left) : all(-0.0f);
        for (int t = 0; t < tokens; t++) {
            store_first(out + t * m->out_stride + p * LANES, acc[t][p] + bias, left);
        }
    }
}

/* The most common group is known when compiled, so that its loops unroll. */
INLINE void multiply(const int bits, const int64_t group, const product *m, int64_t tokens, int64_t begin, int64_t end) {
    int32_t factor = m->table ? DOT8_ZERO - TABLE_ZERO : (bits == 8 ? DOT8_ZERO : 0) - (int32_t)m->zero;
    int64_t strip_blocks = tokens > TILE_TOKENS ? STRIP_BLOCKS : 1;
    for (int64_t b0 = begin; b0 < end; b0 += strip_blocks) {
        int64_t b1 = b0 + strip_blocks < end ? b0 + strip_blocks : end;
        for (int64_t k0 = 0; k0 < m->padded; k0 += STRIP_COLUMNS) {
            int64_t k1 = k0 + STRIP_COLUMNS < m->padded ? k0 + STRIP_COLUMNS : m->padded;
            for (int64_t t = 0; t < tokens;) {
                int64_t left = tokens - t;
                int64_t count = left >= 8 && TILE_TOKENS >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
                group_sums sums;
                sum_groups(m, factor, count, t, k0, k1, &sums);
                for (int64_t b = b0; b < b1; b++) {
                    switch (count) {
#if TILE_TOKENS >= 8
                        case 8: tile(8, bits, group, m, &sums, b, t, k0, k1); break;
#endif
                        case 4: tile(4, bits, group, m, &sums, b, t, k0, k1); break;
                        case 2: tile(2, bits, group, m, &sums, b, t, k0, k1); break;
                        default: tile(1, bits, group, m, &sums, b, t, k0, k1);
                    }
                }
                t += count;
            }
        }
    }
}

EXPORT void generate_matmul(
    const uint8_t *codes, const int8_t *table, const void *scales, const float *large_scales, const void *minima,
    const float *large_minima, const float *bias, int64_t rows, int64_t columns, int64_t bits, int64_t group, int64_t zero,
    const int8_t *x_codes, const float *x_scales, const int16_t *x_sums, int64_t tokens, int64_t begin, int64_t end, float *out,
    int64_t out_stride, int64_t kernel) {
    int64_t padded = padded_columns(columns);
    product m = {
        .codes = codes,
        .table = table,
        .scales = {scales, large_scales},
        .minima = {minima, large_minima},
        .bias = bias,
        .rows = rows,
        .columns = columns,
        .padded = padded,
        .bits = bits,
        .group = group,
        .groups = (padded + group - 1) / group,
        .zero = zero,
        .x_codes = x_codes,
        .x_scales = x_scales,
        .x_sums = x_sums,
        .x_groups = (columns + ACTIVATION_GROUP - 1) / ACTIVATION_GROUP,
        .out = out,
        .out_stride = out_stride,
    };
#if defined(__AMX_INT8__) || defined(GENERATE_TILES_IN_C)
    if (kernel == TILES && amx_takes(&m)) {
        multiply_tiles(&m, tokens, begin, end);
        return;
    }
#endif
#if LANES == 16
    if (kernel != STREAMED) {
        multiply_panels(&m, tokens, begin, end);
        return;
    }
#endif
    (void)kernel;
    if (bits == 8 && group == 32) {
        multiply(8, 32, &m, tokens, begin, end);
    } else if (bits == 8) {
        multiply(8, group, &m, tokens, begin, end);
    } else if (group == 32) {
        multiply(4, 32, &m, tokens, begin, end);
    } else {
        multiply(4, group, &m, tokens, begin, end);
    }
}
