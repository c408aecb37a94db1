/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of few rows over pages of floats and bfloat16. Scores have positions in the lanes, values elements of the head. Rows that
 * see the same positions of a page go through the products together.
 */
#include "attention.h"

enum {
    SCORE_ROWS = LANES == 16 ? 8 : 4, /* rows of a register tile for scores */
    SCORE_PARTS = 2,                  /* its vectors of positions */
    VALUE_ROWS = 4,                   /* rows of a register tile for values */
    VALUE_PARTS = LANES == 16 ? 4 : 2 /* its vectors of elements */
};

/* State of the online softmax, and the page at hand. */
typedef struct {
    const float *const *q;
    float m[FEW_ROWS];
    float l[FEW_ROWS];
    float e[FEW_ROWS][PAGE];
    float acc[FEW_ROWS][MAX_HEAD_DIM];
} state;

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
INLINE void score(
    const int count, const int bf16, const char *keys, const char *ahead, int64_t head_dim, state *rows, int64_t r) {
    for (int first = 0; first < PAGE; first += SCORE_PARTS * LANES) {
        f32v s[SCORE_ROWS][SCORE_PARTS];
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                s[i][p] = all(0.0f);
            }
        }
        for (int64_t d = 0; d < head_dim; d++) {
            __builtin_prefetch(ahead + (d * PAGE + first) * (bf16 ? 2 : 4));
            f32v k[SCORE_PARTS];
            for (int p = 0; p < SCORE_PARTS; p++) {
                k[p] = load_kv(keys, bf16, d * PAGE + first + p * LANES);
            }
            for (int i = 0; i < count; i++) {
                f32v q = all(rows->q[r + i][d]);
                for (int p = 0; p < SCORE_PARTS; p++) {
                    s[i][p] = fma_(q, k[p], s[i][p]);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                store(rows->e[r + i] + first + p * LANES, s[i][p]);
            }
        }
    }
}

/* Turns the scores of row r into weights; updates m and l; returns c. */
INLINE float soften(const int whole, state *rows, int64_t r, seen part, float scale) {
    f32v s[PAGE / LANES];
    f32v top = all(rows->m[r]);
    for (int p = 0; p < PAGE / LANES; p++) {
        s[p] = load(rows->e[r] + p * LANES) * scale;
        s[p] = whole ? s[p] : where(within(part, p * LANES), s[p], all(-INFINITY));
        top = max_(s[p], top);
    }
    float m = largest(top);
    f32v sums[PARTS];
    for (int p = 0; p < PAGE / LANES; p++) {
        s[p] = exp_(s[p] - m);
        store(rows->e[r] + p * LANES, s[p]);
    }
    for (int p = 0; p < PARTS; p++) {
        sums[p] = s[p] + s[p + PARTS];
    }
    float c = exp_(all(rows->m[r] - m))[0];
    rows->l[r] = fma1(rows->l[r], c, fold16(sums));
    rows->m[r] = m;
    return c;
}

/* acc = acc * c + weights times values for `count` rows from r on and `parts` vectors of elements from d on. */
INLINE void weigh(
    const int count, const int parts, const int bf16, const char *values, const char *ahead, int64_t head_dim, int64_t d,
    seen part, state *rows, int64_t r, const float *c) {
    f32v acc[VALUE_ROWS][VALUE_PARTS];
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < parts; p++) {
            acc[i][p] = load(rows->acc[r + i] + d + p * LANES) * c[i];
        }
    }
    for (int64_t j = part.low; j < part.high; j++) {
        f32v v[VALUE_PARTS];
        for (int64_t at = 0; at < parts * LANES * (bf16 ? 2 : 4); at += 64) {
            __builtin_prefetch(ahead + (j * head_dim + d) * (bf16 ? 2 : 4) + at);
        }
        for (int p = 0; p < parts; p++) {
            v[p] = load_kv(values, bf16, j * head_dim + d + p * LANES);
        }
        for (int i = 0; i < count; i++) {
            f32v e = all(rows->e[r + i][j]);
            for (int p = 0; p < parts; p++) {
                acc[i][p] = fma_(e, v[p], acc[i][p]);
            }
        }
    }
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < parts; p++) {
            store(rows->acc[r + i] + d + p * LANES, acc[i][p]);
        }
    }
}

/* Elements of the head that fill no vector, one row. */
INLINE void weigh_rest(
    const int bf16, const void *values, int64_t head_dim, int64_t d, seen part, state *rows, int64_t r, float c) {
    for (; d < head_dim; d++) {
        float acc = rows->acc[r][d] * c;
        for (int64_t j = part.low; j < part.high; j++) {
            acc = fma1(rows->e[r][j], load_kv1(values, bf16, j * head_dim + d), acc);
        }
        rows->acc[r][d] = acc;
    }
}

INLINE void weigh_rows(
    const int count, const int bf16, const char *values, const char *ahead, int64_t head_dim, seen part, state *rows,
    int64_t r, const float *c) {
    int64_t d = 0;
    for (; d + VALUE_PARTS * LANES <= head_dim; d += VALUE_PARTS * LANES) {
        weigh(count, VALUE_PARTS, bf16, values, ahead, head_dim, d, part, rows, r, c);
    }
    for (; d + LANES <= head_dim; d += LANES) {
        weigh(count, 1, bf16, values, ahead, head_dim, d, part, rows, r, c);
    }
    for (int i = 0; i < count; i++) {
        weigh_rest(bf16, values, head_dim, d, part, rows, r + i, c[i]);
    }
}

INLINE void score_rows(
    int64_t count, const int bf16, const char *keys, const char *ahead, int64_t head_dim, state *rows, int64_t r) {
    if (count == SCORE_ROWS) {
        score(SCORE_ROWS, bf16, keys, ahead, head_dim, rows, r);
    } else if (count == 4) {
        score(4, bf16, keys, ahead, head_dim, rows, r);
    } else if (count == 2) {
        score(2, bf16, keys, ahead, head_dim, rows, r);
    } else {
        score(1, bf16, keys, ahead, head_dim, rows, r);
    }
}

/* One page for rows from r to r1, which all see the same part of it. */
INLINE void attend(const int bf16, const attention *a, const char *page, const char *ahead, seen part, state *rows, int64_t r, int64_t r1) {
    int64_t half = a->head_dim * PAGE * (bf16 ? 2 : 4);
    const char *values = page + half;
    for (int64_t i = r, size = SCORE_ROWS; i < r1; i += size) {
        while (size > r1 - i) {
            size /= 2;
        }
        score_rows(size, bf16, page, ahead, a->head_dim, rows, i);
    }
    float c[FEW_ROWS];
    for (int64_t i = r; i < r1; i++) {
        c[i] = part.high - part.low == PAGE ? soften(1, rows, i, part, a->scale) : soften(0, rows, i, part, a->scale);
    }
    for (int64_t i = r, size = VALUE_ROWS; i < r1; i += size) {
        while (size > r1 - i) {
            size /= 2;
        }
        switch (size) {
            case 4: weigh_rows(4, bf16, values, ahead + half, a->head_dim, part, rows, i, c + i); break;
            case 2: weigh_rows(2, bf16, values, ahead + half, a->head_dim, part, rows, i, c + i); break;
            default: weigh_rows(1, bf16, values, ahead + half, a->head_dim, part, rows, i, c + i);
        }
    }
}

static void attend_f32(const attention *a, const char *page, const char *ahead, seen part, void *rows, int64_t r, int64_t r1) {
    attend(0, a, page, ahead, part, rows, r, r1);
}

static void attend_bf16(const attention *a, const char *page, const char *ahead, seen part, void *rows, int64_t r, int64_t r1) {
    attend(1, a, page, ahead, part, rows, r, r1);
}

void generate_attend_few(const attention *a, const tile *rows) {
    state s;
    s.q = rows->q;
    for (int64_t r = 0; r < rows->count; r++) {
        s.m[r] = -INFINITY;
        s.l[r] = 0.0f;
        memset(s.acc[r], 0, (size_t)a->head_dim * sizeof(float));
    }
    generate_walk_pages(a, rows, a->type == KV_BF16 ? attend_bf16 : attend_f32, &s);
    for (int64_t r = 0; r < rows->count; r++) {
        float inverse = 1.0f / s.l[r];
        for (int64_t d = 0; d < a->head_dim; d++) {
            rows->out[r][d] = s.acc[r][d] * inverse;
        }
    }
}
