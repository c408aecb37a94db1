/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels of generate_matmul share: the arguments, and the sums of activation codes that a tile needs. */
#ifndef GENERATE_PRODUCT_H
#define GENERATE_PRODUCT_H

#include "scales.h"

typedef struct {
    const uint8_t *codes;
    const int8_t *table;
    group_scales scales, minima;
    const float *bias;
    int64_t rows, columns, padded, bits, group, groups, zero, x_groups;
    const int8_t *x_codes;
    const float *x_scales;
    const int16_t *x_sums;
    float *out;
    int64_t out_stride;
} product;

enum { SUM_TOKENS = 8, SUM_GROUPS = 64 };

/* For each weight group of a stretch of columns and each token of a tile. */
typedef struct {
    int32_t start[SUM_TOKENS][SUM_GROUPS]; /* the sum of the activation codes, times a factor: where the integer sums begin */
    float x_sum[SUM_TOKENS][SUM_GROUPS];   /* the sum of the activation codes */
} group_sums;

INLINE void sum_groups_of(
    const int64_t group, const product *m, int32_t factor, int64_t tokens, int64_t t0, int64_t from, int64_t to,
    group_sums *sums) {
    for (int64_t t = 0; t < tokens; t++) {
        const int16_t *of = m->x_sums + ((t0 + t) * m->padded + from) / SUM_COLUMNS;
        int64_t groups = (to - from + group - 1) / group;
        for (int64_t g = 0; g < groups; g++) {
            int64_t count = group <= COLUMN_PADDING || (g + 1) * group < to - from ? group : to - from - g * group;
            int32_t sum = 0;
            for (int64_t i = 0; i < count / SUM_COLUMNS; i++) {
                sum += of[g * (group / SUM_COLUMNS) + i];
            }
            sums->start[t][g] = factor * sum;
            sums->x_sum[t][g] = (float)sum;
        }
    }
}

static inline void sum_groups(
    const product *m, int32_t factor, int64_t tokens, int64_t t0, int64_t from, int64_t to, group_sums *sums) {
    if (m->group == 32) {
        sum_groups_of(32, m, factor, tokens, t0, from, to, sums);
    } else if (m->group == 16) {
        sum_groups_of(16, m, factor, tokens, t0, from, to, sums);
    } else {
        sum_groups_of(m->group, m, factor, tokens, t0, from, to, sums);
    }
}

#endif
