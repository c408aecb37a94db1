/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of few rows over int8 pages: as attend_few.c, with integer products. */
#include "attention_dot.h"

enum {
    SCORE_ROWS = LANES == 16 ? 8 : 4, /* rows of a register tile for scores */
    SCORE_PARTS = 2,                  /* its vectors of positions */
    VALUE_ROWS = 4,                   /* rows of a register tile for values */
    VALUE_PARTS = LANES == 16 ? 4 : 2 /* its vectors of elements */
};

/* State of the online softmax, and the page at hand. */
typedef struct {
    int8_t q[FEW_ROWS][MAX_HEAD_DIM];
    float q_scale[FEW_ROWS];
    int32_t start[FEW_ROWS]; /* what a sum of key products starts from */
    float m[FEW_ROWS];
    float l[FEW_ROWS];
    float e[FEW_ROWS][PAGE];
    uint8_t weights[FEW_ROWS][PAGE];
    float c[FEW_ROWS];
    float weight_scale[FEW_ROWS];
    float acc[FEW_ROWS][MAX_HEAD_DIM];
} state;

/* Scores of `count` rows from r on against all positions of a page. */
INLINE void score(const int count, const int8_page *page, const int8_page *ahead, state *rows, int64_t r) {
    for (int first = 0; first < PAGE; first += SCORE_PARTS * LANES) {
        i32v s[SCORE_ROWS][SCORE_PARTS];
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                s[i][p] = all_int(rows->start[r + i]);
            }
        }
        const uint8_t *keys = page->keys + first * 4;
        for (int64_t d = 0; d < page->padded; d += 4) {
            i32v k[SCORE_PARTS];
            for (int p = 0; p < SCORE_PARTS; p++) {
                __builtin_prefetch(ahead->keys + first * 4 + d * PAGE + p * LANES * 4);
                k[p] = load_bytes(keys + d * PAGE + p * LANES * 4);
            }
            for (int i = 0; i < count; i++) {
                i32v q = four_bytes(rows->q[r + i] + d);
                for (int p = 0; p < SCORE_PARTS; p++) {
                    s[i][p] = dot_keys(s[i][p], k[p], q);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            for (int p = 0; p < SCORE_PARTS; p++) {
                f32v scale = all(rows->q_scale[r + i]) * load(page->key_scales + first + p * LANES);
                store(rows->e[r + i] + first + p * LANES, to_float(s[i][p]) * scale);
            }
        }
    }
}

INLINE void score_rows(int64_t count, const int8_page *page, const int8_page *ahead, state *rows, int64_t r) {
    if (count == SCORE_ROWS) {
        score(SCORE_ROWS, page, ahead, rows, r);
    } else if (count == 4) {
        score(4, page, ahead, rows, r);
    } else if (count == 2) {
        score(2, page, ahead, rows, r);
    } else {
        score(1, page, ahead, rows, r);
    }
}

/* Turns the scores of row r into codes of weights; updates m, l, c and the weights' scale. */
INLINE void soften(const int whole, const int8_page *page, seen part, state *rows, int64_t r) {
    f32v e[PAGE / LANES];
    f32v w[PAGE / LANES];
    f32v top = all(rows->m[r]);
    for (int p = 0; p < PAGE / LANES; p++) {
        e[p] = load(rows->e[r] + p * LANES);
        e[p] = whole ? e[p] : where(within(part, p * LANES), e[p], all(-INFINITY));
        top = max_(e[p], top);
    }
    float m = largest(top);
    f32v most = all(0.0f);
    for (int p = 0; p < PAGE / LANES; p++) {
        e[p] = exp2_(e[p] - m);
        w[p] = e[p] * load(page->value_scales + p * LANES);
        if (!whole) {
            e[p] = where(within(part, p * LANES), e[p], all(0.0f));
            w[p] = where(within(part, p * LANES), w[p], all(0.0f));
        }
        most = max_(w[p], most);
    }
    float largest_weight = largest(most);
    float inverse = largest_weight >= 0x1p-100f ? 127.0f / largest_weight : 0.0f;
    for (int p = 0; p < PAGE / LANES; p++) {
        store_codes(rows->weights[r] + p * LANES, (i32v)fma_(w[p], all(inverse), all(0x1p23f)));
    }
    rows->weight_scale[r] = largest_weight * (1.0f / 127.0f);
    f32v sums[PARTS];
    for (int p = 0; p < PARTS; p++) {
        sums[p] = e[p] + e[p + PARTS];
    }
    rows->c[r] = exp2_(all(rows->m[r] - m))[0];
    rows->l[r] = fma1(rows->l[r], rows->c[r], fold16(sums));
    rows->m[r] = m;
}

/* acc = acc * c + weights times values for `count` rows from r on and `parts` vectors of elements from d on. */
INLINE void weigh(
    const int count, const int parts, const int8_page *page, const int8_page *ahead, int64_t d, seen part, state *rows,
    int64_t r) {
    i32v sum[VALUE_ROWS][VALUE_PARTS];
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < parts; p++) {
            sum[i][p] = all_int(0);
        }
    }
    for (int64_t j = part.low / 4 * 4; j < part.high; j += 4) {
        i32v v[VALUE_PARTS];
        for (int p = 0; p < parts; p++) {
            __builtin_prefetch(ahead->values + j * page->padded + (d + p * LANES) * 4);
            v[p] = load_bytes(page->values + j * page->padded + (d + p * LANES) * 4);
        }
        for (int i = 0; i < count; i++) {
            i32v w = four_bytes(rows->weights[r + i] + j);
            for (int p = 0; p < parts; p++) {
                sum[i][p] = dot_weights(sum[i][p], w, v[p]);
            }
        }
    }
    for (int i = 0; i < count; i++) {
        float *acc = rows->acc[r + i] + d;
        for (int p = 0; p < parts; p++) {
            f32v old = load(acc + p * LANES) * rows->c[r + i];
            store(acc + p * LANES, fma_(to_float(sum[i][p]), all(rows->weight_scale[r + i]), old));
        }
    }
}

INLINE void weigh_rows(
    const int count, const int8_page *page, const int8_page *ahead, seen part, state *rows, int64_t r) {
    int64_t d = 0;
    for (; d + VALUE_PARTS * LANES <= page->padded; d += VALUE_PARTS * LANES) {
        weigh(count, VALUE_PARTS, page, ahead, d, part, rows, r);
    }
    for (; d < page->padded; d += LANES) {
        weigh(count, 1, page, ahead, d, part, rows, r);
    }
}

/* One page for rows from r to r1, which all see the same part of it. */
static void attend(const attention *a, const char *at, const char *ahead, seen part, void *rows, int64_t r, int64_t r1) {
    int8_page page = int8_page_at(at, a->head_dim);
    int8_page next = int8_page_at(ahead, a->head_dim);
    for (int64_t i = r, size = SCORE_ROWS; i < r1; i += size) {
        while (size > r1 - i) {
            size /= 2;
        }
        score_rows(size, &page, &next, rows, i);
    }
    for (int64_t i = r; i < r1; i++) {
        if (part.high - part.low == PAGE) {
            soften(1, &page, part, rows, i);
        } else {
            soften(0, &page, part, rows, i);
        }
    }
    for (int64_t i = r, size = VALUE_ROWS; i < r1; i += size) {
        while (size > r1 - i) {
            size /= 2;
        }
        switch (size) {
            case 4: weigh_rows(4, &page, &next, part, rows, i); break;
            case 2: weigh_rows(2, &page, &next, part, rows, i); break;
            default: weigh_rows(1, &page, &next, part, rows, i);
        }
    }
}

void generate_attend_few_int8(const attention *a, const tile *rows) {
    state s;
    for (int64_t r = 0; r < rows->count; r++) {
        s.q_scale[r] = quantize_head(rows->q[r], a->head_dim, s.q[r]) * (a->scale * LOG2E);
        int32_t sum = 0;
        for (int64_t d = 0; d < a->head_dim; d++) {
            sum += s.q[r][d];
        }
        s.start[r] = -DOT_KEYS_ZERO * sum;
        s.m[r] = -INFINITY;
        s.l[r] = 0.0f;
        memset(s.acc[r], 0, (size_t)padded_head(a->head_dim) * sizeof(float));
    }
    generate_walk_pages(a, rows, attend, &s);
    for (int64_t r = 0; r < rows->count; r++) {
        float inverse = 1.0f / s.l[r];
        for (int64_t d = 0; d < a->head_dim; d++) {
            rows->out[r][d] = s.acc[r][d] * inverse;
        }
    }
}
