/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of many tokens with panels, by vpdpbusd. A tile is PAIR_ROWS outputs of up to VNNI_TOKENS tokens: its integer sums, the
 * float sums of the activation group at hand and the weights in use fill the 32 registers. Each output adds its groups in
 * ascending order; between panels its sum waits in the output.
 */
#ifndef GENERATE_MATMUL_VNNI_H
#define GENERATE_MATMUL_VNNI_H

#include "dot.h"
#include "panel.h"

enum { VNNI_TOKENS = 6 };

/* The first token of three, and the fourth: from these the processor reaches all six rows of codes with one addition each. */
INLINE const int8_t *row_of(const int8_t *x, const int8_t *x3, int64_t stride, const int t) {
    return (t < 3 ? x : x3) + t % 3 * stride;
}

/* The float sums of a tile. */
typedef struct {
    float of[VNNI_TOKENS][PAIR_ROWS] __attribute__((aligned(64)));
} pair_sums;

INLINE void vnni_products(
    const int tokens, const int64_t group, const int minima, const product *m, const panel *w, const group_sums *sums, int64_t t0,
    int64_t from, int64_t to, pair_sums *acc) {
    const int64_t stride = m->padded;
    const uint8_t *codes = w->codes[0][0];
    const int8_t *x = m->x_codes + t0 * stride + from;
    const int8_t *x3 = x + 3 * stride;
    int64_t at = 0;
    for (int64_t k = from; k < to; k += ACTIVATION_GROUP) {
        int64_t end = k + ACTIVATION_GROUP < to ? k + ACTIVATION_GROUP : to;
        f32v inner[VNNI_TOKENS][2];
#pragma GCC unroll 6
        for (int t = 0; t < tokens; t++) {
            inner[t][0] = all(0.0f);
            inner[t][1] = all(0.0f);
        }
        for (int64_t g = k; g < end; g += group, at++) {
            int64_t width = group <= COLUMN_PADDING || g + group < end ? group : end - g;
            __m512i sum[VNNI_TOKENS][2];
#pragma GCC unroll 6
            for (int t = 0; t < tokens; t++) {
                sum[t][0] = sum[t][1] = _mm512_set1_epi32(sums->start[t][at]);
            }
#pragma GCC unroll 8
            for (int64_t c = 0; c < width; c += 4) {
                __m512i w0 = _mm512_loadu_si512(codes + c * PAIR_ROWS);
                __m512i w1 = _mm512_loadu_si512(codes + c * PAIR_ROWS + 64);
#pragma GCC unroll 6
                for (int t = 0; t < tokens; t++) {
                    __m512i xs = _mm512_set1_epi32(four(row_of(x, x3, stride, t) + c));
                    sum[t][0] = _mm512_dpbusd_epi32(sum[t][0], w0, xs);
                    sum[t][1] = _mm512_dpbusd_epi32(sum[t][1], w1, xs);
                }
            }
            codes += width * PAIR_ROWS;
            x += width;
            x3 += width;
#pragma GCC unroll 2
            for (int p = 0; p < 2; p++) {
                f32v scale = load(w->scales[at] + p * BLOCK_ROWS);
#pragma GCC unroll 6
                for (int t = 0; t < tokens; t++) {
                    inner[t][p] = fma_(to_float((i32v)sum[t][p]), scale, inner[t][p]);
                }
                if (minima) {
                    f32v minimum = load(w->minima[at] + p * BLOCK_ROWS);
#pragma GCC unroll 6
                    for (int t = 0; t < tokens; t++) {
                        inner[t][p] = fma_(all(sums->x_sum[t][at]), -minimum, inner[t][p]);
                    }
                }
            }
        }
#pragma GCC unroll 6
        for (int t = 0; t < tokens; t++) {
            f32v scale = all(m->x_scales[(t0 + t) * m->x_groups + k / ACTIVATION_GROUP]);
#pragma GCC unroll 2
            for (int p = 0; p < 2; p++) {
                float *of = acc->of[t] + p * BLOCK_ROWS;
                store(of, fma_(inner[t][p], scale, load(of)));
            }
        }
    }
}

/* Functions of their own, so that each gets all registers. */
#define VNNI_PRODUCTS(TOKENS, NAME, GROUP, MINIMA) \
    static __attribute__((noinline)) void vnni_##NAME##_##TOKENS( \
        const product *m, const panel *w, const group_sums *sums, int64_t t0, int64_t from, int64_t to, pair_sums *acc) { \
        vnni_products(TOKENS, GROUP, MINIMA, m, w, sums, t0, from, to, acc); \
    }
#define VNNI_KIND(NAME, GROUP, MINIMA) \
    VNNI_PRODUCTS(1, NAME, GROUP, MINIMA) \
    VNNI_PRODUCTS(2, NAME, GROUP, MINIMA) \
    VNNI_PRODUCTS(3, NAME, GROUP, MINIMA) \
    VNNI_PRODUCTS(4, NAME, GROUP, MINIMA) \
    VNNI_PRODUCTS(6, NAME, GROUP, MINIMA) \
    static const vnni_kind vnni_##NAME = {0, vnni_##NAME##_1, vnni_##NAME##_2, vnni_##NAME##_3, vnni_##NAME##_4, 0, vnni_##NAME##_6};

typedef void (*vnni_kind[VNNI_TOKENS + 1])(
    const product *, const panel *, const group_sums *, int64_t, int64_t, int64_t, pair_sums *);
VNNI_KIND(32, 32, 0)
VNNI_KIND(32_minima, 32, 1)
VNNI_KIND(16, 16, 0)
VNNI_KIND(16_minima, 16, 1)
VNNI_KIND(other, m->group, 0)
VNNI_KIND(other_minima, m->group, 1)

INLINE const vnni_kind *vnni_kind_of(const product *m) {
    int minima = m->minima.small != 0;
    switch (m->group) {
        case 16: return minima ? &vnni_16_minima : &vnni_16;
        case 32: return minima ? &vnni_32_minima : &vnni_32;
        default: return minima ? &vnni_other_minima : &vnni_other;
    }
}

/* The sums of blocks `block` and the next, where that is below `end`: between panels they wait in the output. */
INLINE void begin_sums(
    const product *m, int64_t tokens, int64_t block, int64_t end, int64_t t0, int64_t from, pair_sums *acc) {
    const float *out = m->out + t0 * m->out_stride + block * BLOCK_ROWS;
    for (int64_t t = 0; t < tokens; t++) {
        for (int p = 0; p < 2; p++) {
            int64_t rows = m->rows - (block + p) * BLOCK_ROWS;
            f32v sum = from > 0 && block + p < end ? load_first(out + t * m->out_stride + p * BLOCK_ROWS, rows) : all(0.0f);
            store(acc->of[t] + p * BLOCK_ROWS, sum);
        }
    }
}

INLINE void end_sums(
    const product *m, int64_t tokens, int64_t block, int64_t end, int64_t t0, int64_t to, const pair_sums *acc) {
    float *out = m->out + t0 * m->out_stride + block * BLOCK_ROWS;
    for (int p = 0; p < 2 && block + p < end; p++) {
        int64_t rows = m->rows - (block + p) * BLOCK_ROWS;
        int biased = m->bias && to == m->padded;
        f32v bias = biased ? load_first(m->bias + (block + p) * BLOCK_ROWS, rows) : all(-0.0f);
        for (int64_t t = 0; t < tokens; t++) {
            store_first(out + t * m->out_stride + p * BLOCK_ROWS, load(acc->of[t] + p * BLOCK_ROWS) + bias, rows);
        }
    }
}

/* Tokens from t on with the panels of blocks b0 to b1. */
static void vnni_tokens(
    const product *m, const panel *pairs, int64_t b0, int64_t b1, int64_t t, int64_t tokens, int64_t from, int64_t to) {
    const vnni_kind *kind = vnni_kind_of(m);
    group_sums sums;
    pair_sums acc;
    while (t < tokens) {
        int64_t left = tokens - t;
        int64_t count = left >= 6 ? 6 : left == 5 ? 3 : left;
        sum_groups(m, -panel_zero(m), count, t, from, to, &sums);
        for (int64_t b = b0; b < b1; b += 2) {
            begin_sums(m, count, b, b1, t, from, &acc);
            (*kind)[count](m, pairs + (b - b0) / 2, &sums, t, from, to, &acc);
            end_sums(m, count, b, b1, t, to, &acc);
        }
        t += count;
    }
}

static void multiply_panels(const product *m, int64_t tokens, int64_t begin, int64_t end) {
    panel pairs[PANEL_PAIRS];
    for (int64_t b0 = begin; b0 < end; b0 += PANEL_BLOCKS) {
        int64_t b1 = b0 + PANEL_BLOCKS < end ? b0 + PANEL_BLOCKS : end;
        for (int64_t from = 0; from < m->padded; from += PANEL_COLUMNS) {
            int64_t to = from + PANEL_COLUMNS < m->padded ? from + PANEL_COLUMNS : m->padded;
            for (int64_t b = b0; b < b1; b += 2) {
                unpack_pair(m, 0, b, b1, from, to, pairs + (b - b0) / 2);
            }
            vnni_tokens(m, pairs, b0, b1, 0, tokens, from, to);
        }
    }
}

#endif
