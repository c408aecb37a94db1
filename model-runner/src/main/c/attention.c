/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tile is up to TILE_ROWS query rows of one sequence that read the same key head: the query heads of its group for one or more
 * tokens. Each page is read once for the whole tile; rows of a tile that see the same positions of a page go through the products
 * together. Scores have positions in the lanes, values elements of the head.
 */
#include "kernels.h"
#include "lanes.h"

enum {
    TILE_ROWS = 16,
    SCORE_ROWS = LANES == 16 ? 8 : 4, /* rows of a register tile for scores */
    SCORE_PARTS = 2,                  /* its vectors of positions */
    VALUE_ROWS = 4,                   /* rows of a register tile for values */
    VALUE_PARTS = LANES == 16 ? 4 : 2 /* its vectors of elements */
};

typedef struct {
    const void *layer;
    int64_t bf16, kv_heads, head_dim;
    float scale;
} heads;

/* The rows of a tile: state of the online softmax, and the page at hand. */
typedef struct {
    const float *q[TILE_ROWS];
    float *out[TILE_ROWS];
    int64_t position[TILE_ROWS];
    float m[TILE_ROWS];
    float l[TILE_ROWS];
    float e[TILE_ROWS][PAGE];
    float acc[TILE_ROWS][MAX_HEAD_DIM];
} rows;

INLINE f32v load_kv(const void *from, const int bf16, int64_t at) {
    return bf16 ? load_bf16((const uint16_t *)from + at) : load((const float *)from + at);
}

INLINE float load_kv1(const void *from, const int bf16, int64_t at) {
    if (!bf16) {
        return ((const float *)from)[at];
    }
    uint32_t bits = (uint32_t)((const uint16_t *)from)[at] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Raw scores of `count` rows from r on against all positions of a page. */
INLINE void score(const int count, const int bf16, const void *keys, int64_t head_dim, rows *tile, int64_t r) {
    for (int first = 0; first < PAGE; first += SCORE_PARTS * LANES) {
        f32v s[SCORE_ROWS][SCORE_PARTS];
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                s[i][p] = all(0.0f);
            }
        }
        for (int64_t d = 0; d < head_dim; d++) {
            f32v k[SCORE_PARTS];
            for (int p = 0; p < SCORE_PARTS; p++) {
                k[p] = load_kv(keys, bf16, d * PAGE + first + p * LANES);
            }
            for (int i = 0; i < count; i++) {
                f32v q = all(tile->q[r + i][d]);
                for (int p = 0; p < SCORE_PARTS; p++) {
                    s[i][p] = fma_(q, k[p], s[i][p]);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                store(tile->e[r + i] + first + p * LANES, s[i][p]);
            }
        }
    }
}

/* Turns the scores of row r, of which positions from low to high are visible, into weights; updates m and l; returns c. */
INLINE float soften(rows *tile, int64_t r, int64_t low, int64_t high, float scale) {
    float *e = tile->e[r];
    for (int64_t i = 0; i < low; i++) {
        e[i] = -INFINITY;
    }
    for (int64_t i = high; i < PAGE; i++) {
        e[i] = -INFINITY;
    }
    f32v s[PAGE / LANES];
    f32v top = all(tile->m[r]);
    for (int p = 0; p < PAGE / LANES; p++) {
        s[p] = load(e + p * LANES) * scale;
        top = max_(top, s[p]);
    }
    float m = largest(top);
    f32v sums[PARTS];
    for (int p = 0; p < PAGE / LANES; p++) {
        s[p] = exp_(s[p] - m);
        store(e + p * LANES, s[p]);
    }
    for (int p = 0; p < PARTS; p++) {
        sums[p] = s[p] + s[p + PARTS];
    }
    float c = exp_(all(tile->m[r] - m))[0];
    tile->l[r] = fma1(tile->l[r], c, fold16(sums));
    tile->m[r] = m;
    return c;
}

/* acc = acc * c + weights times values for `count` rows from r on and `parts` vectors of elements from d on. */
INLINE void weigh(
    const int count, const int parts, const int bf16, const void *values, int64_t head_dim, int64_t d, int64_t low, int64_t high,
    rows *tile, int64_t r, const float *c) {
    f32v acc[VALUE_ROWS][VALUE_PARTS];
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < parts; p++) {
            acc[i][p] = load(tile->acc[r + i] + d + p * LANES) * c[i];
        }
    }
    for (int64_t j = low; j < high; j++) {
        f32v v[VALUE_PARTS];
        for (int p = 0; p < parts; p++) {
            v[p] = load_kv(values, bf16, j * head_dim + d + p * LANES);
        }
        for (int i = 0; i < count; i++) {
            f32v e = all(tile->e[r + i][j]);
            for (int p = 0; p < parts; p++) {
                acc[i][p] = fma_(e, v[p], acc[i][p]);
            }
        }
    }
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < parts; p++) {
            store(tile->acc[r + i] + d + p * LANES, acc[i][p]);
        }
    }
}

/* Elements of the head that fill no vector, one row. */
INLINE void weigh_rest(
    const int bf16, const void *values, int64_t head_dim, int64_t d, int64_t low, int64_t high, rows *tile, int64_t r, float c) {
    for (; d < head_dim; d++) {
        float acc = tile->acc[r][d] * c;
        for (int64_t j = low; j < high; j++) {
            acc = fma1(tile->e[r][j], load_kv1(values, bf16, j * head_dim + d), acc);
        }
        tile->acc[r][d] = acc;
    }
}

INLINE void weigh_rows(
    const int count, const int bf16, const void *values, int64_t head_dim, int64_t low, int64_t high, rows *tile, int64_t r,
    const float *c) {
    int64_t d = 0;
    for (; d + VALUE_PARTS * LANES <= head_dim; d += VALUE_PARTS * LANES) {
        weigh(count, VALUE_PARTS, bf16, values, head_dim, d, low, high, tile, r, c);
    }
    for (; d + LANES <= head_dim; d += LANES) {
        weigh(count, 1, bf16, values, head_dim, d, low, high, tile, r, c);
    }
    for (int i = 0; i < count; i++) {
        weigh_rest(bf16, values, head_dim, d, low, high, tile, r + i, c[i]);
    }
}

/* One page for rows from r to r1, which all see its positions from low to high. */
INLINE void attend(
    const int bf16, const heads *a, const void *page, int64_t low, int64_t high, rows *tile, int64_t r, int64_t r1) {
    const void *values = (const char *)page + a->head_dim * PAGE * (bf16 ? 2 : 4);
    for (int64_t i = r; i < r1;) {
        if (r1 - i >= SCORE_ROWS) {
            score(SCORE_ROWS, bf16, page, a->head_dim, tile, i);
            i += SCORE_ROWS;
        } else {
            score(1, bf16, page, a->head_dim, tile, i);
            i++;
        }
    }
    float c[TILE_ROWS];
    for (int64_t i = r; i < r1; i++) {
        c[i - r] = soften(tile, i, low, high, a->scale);
    }
    for (int64_t i = r; i < r1;) {
        if (r1 - i >= VALUE_ROWS) {
            weigh_rows(VALUE_ROWS, bf16, values, a->head_dim, low, high, tile, i, c + (i - r));
            i += VALUE_ROWS;
        } else {
            weigh_rows(1, bf16, values, a->head_dim, low, high, tile, i, c + (i - r));
            i++;
        }
    }
}

static void attend_f32(
    const heads *a, const void *page, int64_t low, int64_t high, rows *tile, int64_t r, int64_t r1) {
    attend(0, a, page, low, high, tile, r, r1);
}

static void attend_bf16(
    const heads *a, const void *page, int64_t low, int64_t high, rows *tile, int64_t r, int64_t r1) {
    attend(1, a, page, low, high, tile, r, r1);
}

/* First position that a query at p sees. */
static int64_t first_seen(int64_t p, int64_t window) {
    return window > 0 && p >= window ? p - window + 1 : 0;
}

static void attend_tile(
    const heads *a, const int32_t *table, int64_t kv_head, int64_t window, rows *tile, int64_t count) {
    for (int64_t r = 0; r < count; r++) {
        tile->m[r] = -INFINITY;
        tile->l[r] = 0.0f;
        memset(tile->acc[r], 0, (size_t)a->head_dim * sizeof(float));
    }
    int64_t bytes = 2 * a->head_dim * PAGE * (a->bf16 ? 2 : 4);
    int64_t last = tile->position[count - 1] / PAGE;
    for (int64_t page = first_seen(tile->position[0], window) / PAGE; page <= last; page++) {
        const char *at = (const char *)a->layer + (table[page] * a->kv_heads + kv_head) * bytes;
        for (int64_t r = 0; r < count;) {
            int64_t low = first_seen(tile->position[r], window) - page * PAGE;
            int64_t high = tile->position[r] + 1 - page * PAGE;
            low = low < 0 ? 0 : low;
            high = high > PAGE ? PAGE : high;
            int64_t r1 = r + 1;
            for (; r1 < count; r1++) {
                int64_t next_low = first_seen(tile->position[r1], window) - page * PAGE;
                int64_t next_high = tile->position[r1] + 1 - page * PAGE;
                if ((next_low < 0 ? 0 : next_low) != low || (next_high > PAGE ? PAGE : next_high) != high) {
                    break;
                }
            }
            if (low < high) {
                (a->bf16 ? attend_bf16 : attend_f32)(a, at, low, high, tile, r, r1);
            }
            r = r1;
        }
    }
    for (int64_t r = 0; r < count; r++) {
        float inverse = 1.0f / tile->l[r];
        for (int64_t d = 0; d < a->head_dim; d++) {
            tile->out[r][d] = tile->acc[r][d] * inverse;
        }
    }
}

EXPORT void generate_attention(
    const float *q, int64_t q_stride, const void *layer, int64_t bf16, int64_t kv_heads, int64_t head_dim, int64_t heads_count,
    const int32_t *positions, const int32_t *sequences, const int32_t *block_tables, int64_t table_stride, int64_t tokens,
    float scale, int64_t window, int64_t begin, int64_t end, float *out) {
    heads a = {layer, bf16, kv_heads, head_dim, scale};
    int64_t in_group = heads_count / kv_heads;
    rows tile;
    int64_t count = 0;
    for (int64_t item = begin; item < end; item++) {
        int64_t kv_head = item / tokens;
        int64_t t = item % tokens;
        for (int64_t h = 0; h < in_group; h++) {
            int64_t column = (kv_head * in_group + h) * head_dim;
            tile.q[count] = q + t * q_stride + column;
            tile.out[count] = out + t * heads_count * head_dim + column;
            tile.position[count] = positions[t];
            count++;
            int last_of_item = h + 1 == in_group;
            int ends = last_of_item && (item + 1 == end || t + 1 == tokens || sequences[t + 1] != sequences[t]);
            if (ends || count == TILE_ROWS) {
                attend_tile(&a, block_tables + sequences[t] * table_stride, kv_head, window, &tile, count);
                count = 0;
            }
        }
    }
}
