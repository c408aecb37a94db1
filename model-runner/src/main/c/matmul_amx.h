/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of many tokens with panels, by the tiles of AMX: 16 outputs of 16 tokens, an integer sum in a tile of its own for each
 * weight group of an activation group. While the tiles multiply one activation group, the vector units add up the one before:
 * the integer sums go through a small buffer in the first-level cache, the float sums stay in registers.
 */
#ifndef GENERATE_MATMUL_AMX_H
#define GENERATE_MATMUL_AMX_H

#include "panel.h"
#include "tiles.h"

enum {
    AMX_TOKENS = 16,
    AMX_GROUPS = ACTIVATION_GROUP / 16 /* most weight groups of an activation group */
};

/* Integer sums of an activation group: [weight group][token][row]. */
typedef struct {
    int32_t of[AMX_GROUPS][AMX_TOKENS][BLOCK_ROWS] __attribute__((aligned(64)));
} tile_sums;

/* Tiles 0 to 3 hold sums, 4 and 6 activations, 5 and 7 weights. */
INLINE void shape_tiles(int64_t tokens, int64_t group, tile_shapes *shapes) {
    memset(shapes, 0, sizeof *shapes);
    shapes->palette = 1;
    for (int t = 0; t < 8; t++) {
        int weights = t == 5 || t == 7;
        int activations = t == 4 || t == 6;
        shapes->rows[t] = (uint8_t)(weights ? group / 4 : tokens);
        shapes->row_bytes[t] = (uint16_t)(activations ? group : 64);
    }
}

#define AMX_GROUP(SUM, X, W, G) \
    tile_zero(SUM); \
    tile_load(X, x + (G) * group, stride); \
    tile_load(W, codes + (G) * group * PAIR_ROWS, 2 * 64); \
    tile_dot(SUM, X, W); \
    tile_store(SUM, sums->of[G], 64);

/* The weight groups of `columns` columns, 64 or 128. */
INLINE void amx_products(
    const int64_t group, int64_t columns, const int8_t *x, int64_t stride, const uint8_t *codes, tile_sums *sums) {
    for (int64_t g = 0; g < columns / group; g += 4) {
        AMX_GROUP(0, 4, 5, g)
        AMX_GROUP(1, 6, 7, g + 1)
        if (g + 2 < columns / group) {
            AMX_GROUP(2, 4, 5, g + 2)
            AMX_GROUP(3, 6, 7, g + 3)
        }
    }
}

/* Adds the `groups` weight groups of an activation group to the sums of all tokens; `at` is its first in the panel. */
INLINE void amx_add(
    const int tokens, const int minima, int64_t groups, const tile_sums *sums, const panel *w, int half, int64_t at,
    float (*x_sums)[SUM_GROUPS], const float *x_scales, int64_t x_groups, f32v *acc) {
    f32v inner[AMX_TOKENS];
    /* In two halves, so that sums, scales and intermediate results all fit into registers. */
#pragma GCC unroll 2
    for (int first = 0; first < tokens; first += AMX_TOKENS / 2) {
#pragma GCC unroll 8
        for (int t = first; t < first + AMX_TOKENS / 2; t++) {
            inner[t] = all(0.0f);
        }
        for (int64_t g = 0; g < groups; g++) {
            f32v scale = load(w->scales[at + g] + half * BLOCK_ROWS);
            f32v minimum = load(w->minima[at + g] + half * BLOCK_ROWS);
#pragma GCC unroll 8
            for (int t = first; t < first + AMX_TOKENS / 2; t++) {
                i32v sum;
                memcpy(&sum, sums->of[g][t], sizeof sum);
                inner[t] = fma_(to_float(sum), scale, inner[t]);
                if (minima) {
                    inner[t] = fma_(all(x_sums[t][at + g]), -minimum, inner[t]);
                }
            }
        }
#pragma GCC unroll 8
        for (int t = first; t < first + AMX_TOKENS / 2; t++) {
            acc[t] = fma_(inner[t], all(x_scales[t * x_groups]), acc[t]);
        }
    }
}

/* What the vector units need of up to AMX_TOKENS tokens. */
typedef struct {
    float x_sums[AMX_TOKENS][SUM_GROUPS];
    float x_scales[AMX_TOKENS][PANEL_COLUMNS / ACTIVATION_GROUP];
    float out[AMX_TOKENS][BLOCK_ROWS] __attribute__((aligned(64)));
} amx_tokens_state;

/* One block of a panel for up to 16 tokens from t0 on: adds to state->out. */
INLINE void amx_block(
    const int64_t group, const int minima, const product *m, const panel *w, int half, int64_t t0, int64_t from, int64_t to,
    amx_tokens_state *state) {
    tile_sums sums[2];
    f32v acc[AMX_TOKENS];
#pragma GCC unroll 16
    for (int t = 0; t < AMX_TOKENS; t++) {
        acc[t] = load(state->out[t]);
    }
    const int8_t *x = m->x_codes + t0 * m->padded + from;
    int64_t steps = (to - from + ACTIVATION_GROUP - 1) / ACTIVATION_GROUP;
    for (int64_t step = 0; step <= steps; step++) {
        int64_t k = step * ACTIVATION_GROUP;
        if (step < steps) {
            int64_t columns = to - from - k < ACTIVATION_GROUP ? to - from - k : ACTIVATION_GROUP;
            amx_products(group, columns, x + k, m->padded, w->codes[k / 4][half], &sums[step & 1]);
        }
        if (step > 0) {
            int64_t before = k - ACTIVATION_GROUP;
            int64_t columns = to - from - before < ACTIVATION_GROUP ? to - from - before : ACTIVATION_GROUP;
            amx_add(
                AMX_TOKENS, minima, columns / group, &sums[(step - 1) & 1], w, half, before / group, state->x_sums,
                state->x_scales[0] + (step - 1), PANEL_COLUMNS / ACTIVATION_GROUP, acc);
        }
    }
#pragma GCC unroll 16
    for (int t = 0; t < AMX_TOKENS; t++) {
        store(state->out[t], acc[t]);
    }
}

/* Functions of their own, so that each gets all registers. */
#define AMX_KIND(NAME, GROUP, MINIMA) \
    static __attribute__((noinline)) void amx_##NAME( \
        const product *m, const panel *w, int half, int64_t t0, int64_t from, int64_t to, amx_tokens_state *state) { \
        amx_block(GROUP, MINIMA, m, w, half, t0, from, to, state); \
    }
AMX_KIND(16, 16, 0)
AMX_KIND(16_minima, 16, 1)
AMX_KIND(32, 32, 0)
AMX_KIND(32_minima, 32, 1)

typedef void (*amx_kind)(const product *, const panel *, int, int64_t, int64_t, int64_t, amx_tokens_state *);

/* Tiles take groups of 16 and 32 columns. */
INLINE int amx_takes(const product *m) {
    return m->group == 16 || m->group == 32;
}

INLINE amx_kind amx_kind_of(const product *m) {
    int minima = m->minima.small != 0;
    return m->group == 16 ? (minima ? amx_16_minima : amx_16) : (minima ? amx_32_minima : amx_32);
}

/* Blocks b0 to b1, a panel, for `tokens` tokens from t0 on. */
static void amx_tokens(
    const product *m, const panel *pairs, int64_t b0, int64_t b1, int64_t t0, int64_t tokens, int64_t from, int64_t to) {
    amx_kind kind = amx_kind_of(m);
    amx_tokens_state state = {0};
    group_sums sums;
    for (int64_t t = 0; t < tokens; t += SUM_TOKENS) {
        int64_t count = tokens - t < SUM_TOKENS ? tokens - t : SUM_TOKENS;
        if (m->minima.small) {
            sum_groups(m, 0, count, t0 + t, from, to, &sums);
            memcpy(state.x_sums[t], sums.x_sum, (size_t)count * sizeof sums.x_sum[0]);
        }
    }
    int64_t first = from / ACTIVATION_GROUP;
    int64_t x_groups = m->x_groups - first < PANEL_COLUMNS / ACTIVATION_GROUP ? m->x_groups - first
                                                                              : PANEL_COLUMNS / ACTIVATION_GROUP;
    for (int64_t t = 0; t < tokens; t++) {
        memcpy(state.x_scales[t], m->x_scales + (t0 + t) * m->x_groups + first, (size_t)x_groups * sizeof(float));
    }
    for (int64_t b = b0; b < b1; b++) {
        int64_t left = m->rows - b * BLOCK_ROWS;
        float *out = m->out + t0 * m->out_stride + b * BLOCK_ROWS;
        f32v bias = m->bias && to == m->padded ? load_first(m->bias + b * BLOCK_ROWS, left) : all(-0.0f);
        for (int64_t t = 0; t < tokens; t++) {
            store(state.out[t], from > 0 ? load_first(out + t * m->out_stride, left) : all(0.0f));
        }
        kind(m, pairs + (b - b0) / 2, (int)((b - b0) & 1), t0, from, to, &state);
        for (int64_t t = 0; t < tokens; t++) {
            store_first(out + t * m->out_stride, load(state.out[t]) + bias, left);
        }
    }
}

static void multiply_tiles(const product *m, int64_t tokens, int64_t begin, int64_t end) {
    panel pairs[PANEL_PAIRS];
    tile_shapes shapes;
    for (int64_t b0 = begin; b0 < end; b0 += PANEL_BLOCKS) {
        int64_t b1 = b0 + PANEL_BLOCKS < end ? b0 + PANEL_BLOCKS : end;
        for (int64_t from = 0; from < m->padded; from += PANEL_COLUMNS) {
            int64_t to = from + PANEL_COLUMNS < m->padded ? from + PANEL_COLUMNS : m->padded;
            for (int64_t b = b0; b < b1; b += 2) {
                unpack_pair(m, panel_zero(m), b, b1, from, to, pairs + (b - b0) / 2);
            }
            for (int64_t t = 0; t < tokens; t += AMX_TOKENS) {
                int64_t count = tokens - t < AMX_TOKENS ? tokens - t : AMX_TOKENS;
                if (t == 0 || count < AMX_TOKENS) {
                    shape_tiles(count, m->group, &shapes);
                    tiles_begin(&shapes);
                }
                amx_tokens(m, pairs, b0, b1, t, count, from, to);
            }
        }
    }
    tiles_end();
}

#endif
