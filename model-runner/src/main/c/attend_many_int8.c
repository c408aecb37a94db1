/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of many rows over int8 pages: as attend_many.c, with integer products. */
#include "attention_dot.h"

enum {
    PARTS_OF_ROWS = 2,            /* vectors of rows in a register tile */
    COLUMNS = LANES == 16 ? 8 : 4 /* its positions, or elements of the head */
};

typedef struct {
    int64_t width; /* rows, a multiple of LANES; those beyond the tile repeat its last */
    int32_t position[TILE_ROWS];
    int32_t first[TILE_ROWS]; /* first position that the row sees */
    int8_t q[TILE_ELEMENTS];  /* [element / 4][row][4] */
    float q_scale[TILE_ROWS];
    int32_t start[TILE_ROWS]; /* what a sum of key products starts from */
    float acc[TILE_ELEMENTS];
    float m[TILE_ROWS];
    float l[TILE_ROWS];
    float c[TILE_ROWS];
    float e[PAGE][TILE_ROWS];             /* scores, then weights */
    int32_t codes[PAGE / 4][TILE_ROWS];   /* four of a row's weights each */
    float weight_scale[TILE_ROWS];
} state;

/* Scores of `parts` vectors of rows from r on against all positions of a page. */
INLINE void score(const int parts, const int8_page *page, state *s, int64_t r) {
    for (int first = 0; first < PAGE; first += COLUMNS) {
        i32v sum[COLUMNS][PARTS_OF_ROWS];
        for (int j = 0; j < COLUMNS; j++) {
            for (int p = 0; p < parts; p++) {
                sum[j][p] = load_bytes(s->start + r + p * LANES);
            }
        }
        const int8_t *q = s->q + r * 4;
        const uint8_t *k = page->keys + first * 4;
        for (int64_t d = 0; d < page->padded; d += 4, q += s->width * 4, k += PAGE * 4) {
            i32v qs[PARTS_OF_ROWS];
            for (int p = 0; p < parts; p++) {
                qs[p] = load_bytes(q + p * LANES * 4);
            }
            for (int j = 0; j < COLUMNS; j++) {
                i32v kj = four_bytes(k + j * 4);
                for (int p = 0; p < parts; p++) {
                    sum[j][p] = dot_keys(sum[j][p], kj, qs[p]);
                }
            }
        }
        for (int p = 0; p < parts; p++) {
            f32v scale = load(s->q_scale + r + p * LANES);
            for (int j = 0; j < COLUMNS; j++) {
                store(s->e[first + j] + r + p * LANES, to_float(sum[j][p]) * (scale * page->key_scales[first + j]));
            }
        }
    }
}

/* Turns the scores of a vector of rows into codes of weights; updates m, l, c and the weights' scale. */
INLINE void soften(const int whole, const int8_page *page, int64_t p, state *s, int64_t r) {
    f32v old = load(s->m + r);
    f32v top = old;
    for (int j = 0; j < PAGE; j++) {
        f32v score = load(s->e[j] + r);
        if (!whole) {
            score = where(sees(s->first + r, s->position + r, p * PAGE + j), score, all(-INFINITY));
            store(s->e[j] + r, score);
        }
        top = max_(score, top);
    }
    f32v sums[PAGE / 4];
    f32v most = all(0.0f);
    for (int j = 0; j < PAGE / 4; j++) {
        f32v e[4];
        for (int i = 0; i < 4; i++) {
            int at = j + i * (PAGE / 4);
            e[i] = exp2_(load(s->e[at] + r) - top);
            f32v w = e[i] * page->value_scales[at];
            if (!whole) {
                i32v seen = sees(s->first + r, s->position + r, p * PAGE + at);
                e[i] = where(seen, e[i], all(0.0f));
                w = where(seen, w, all(0.0f));
            }
            store(s->e[at] + r, w);
            most = max_(w, most);
        }
        sums[j] = (e[0] + e[2]) + (e[1] + e[3]);
    }
    f32v inverse = where(most >= all(0x1p-100f), all(127.0f) / most, all(0.0f));
    for (int j = 0; j < PAGE; j += 4) {
        i32v codes[4];
        for (int i = 0; i < 4; i++) {
            codes[i] = (i32v)fma_(load(s->e[j + i] + r), inverse, all(0x1p23f));
        }
        i32v four = (codes[0] & 255) | codes[1] << 8 | codes[2] << 16 | codes[3] << 24;
        memcpy(s->codes[j / 4] + r, &four, sizeof four);
    }
    store(s->weight_scale + r, most * (1.0f / 127.0f));
    f32v c = exp2_(old - top);
    store(s->c + r, c);
    store(s->l + r, fma_(load(s->l + r), c, fold_vectors(sums)));
    store(s->m + r, top);
}

/* acc = acc * c + weights times values for `parts` vectors of rows from r on. */
INLINE void weigh(const int parts, const int8_page *page, seen part, state *s, int64_t r) {
    for (int64_t d = 0; d < page->padded; d += COLUMNS) {
        i32v sum[COLUMNS][PARTS_OF_ROWS];
        for (int i = 0; i < COLUMNS; i++) {
            for (int p = 0; p < parts; p++) {
                sum[i][p] = all_int(0);
            }
        }
        for (int64_t j = part.low / 4; j * 4 < part.high; j++) {
            i32v w[PARTS_OF_ROWS];
            for (int p = 0; p < parts; p++) {
                w[p] = load_bytes(s->codes[j] + r + p * LANES);
            }
            const int8_t *v = page->values + (j * page->padded + d) * 4;
            for (int i = 0; i < COLUMNS; i++) {
                i32v vi = four_bytes(v + i * 4);
                for (int p = 0; p < parts; p++) {
                    sum[i][p] = dot_weights(sum[i][p], w[p], vi);
                }
            }
        }
        for (int p = 0; p < parts; p++) {
            f32v c = load(s->c + r + p * LANES);
            f32v scale = load(s->weight_scale + r + p * LANES);
            for (int i = 0; i < COLUMNS; i++) {
                float *acc = s->acc + (d + i) * s->width + r + p * LANES;
                store(acc, fma_(to_float(sum[i][p]), scale, load(acc) * c));
            }
        }
    }
}

static void attend_whole(const int8_page *page, int64_t p, state *s) {
    seen part = {0, PAGE};
    int64_t r = 0;
    for (; r + PARTS_OF_ROWS * LANES <= s->width; r += PARTS_OF_ROWS * LANES) {
        score(PARTS_OF_ROWS, page, s, r);
        for (int i = 0; i < PARTS_OF_ROWS; i++) {
            soften(1, page, p, s, r + i * LANES);
        }
        weigh(PARTS_OF_ROWS, page, part, s, r);
    }
    for (; r < s->width; r += LANES) {
        score(1, page, s, r);
        soften(1, page, p, s, r);
        weigh(1, page, part, s, r);
    }
}

static void attend_part(const int8_page *page, int64_t p, seen part, state *s) {
    for (int64_t r = 0; r < s->width; r += LANES) {
        score(1, page, s, r);
        soften(0, page, p, s, r);
        weigh(1, page, part, s, r);
    }
}

static void start(const attention *a, const tile *rows, state *s) {
    int64_t padded = padded_head(a->head_dim);
    s->width = (rows->count + LANES - 1) / LANES * LANES;
    for (int64_t r = 0; r < s->width; r++) {
        int64_t row = r < rows->count ? r : rows->count - 1;
        s->position[r] = (int32_t)rows->position[row];
        s->first[r] = (int32_t)first_seen(rows->position[row], a->window);
        s->m[r] = -INFINITY;
        s->l[r] = 0.0f;
        int8_t q[MAX_HEAD_DIM];
        s->q_scale[r] = quantize_head(rows->q[row], a->head_dim, q) * (a->scale * LOG2E);
        int32_t sum = 0;
        for (int64_t d = 0; d < padded; d++) {
            s->q[(d / 4 * s->width + r) * 4 + d % 4] = q[d];
            sum += q[d];
        }
        s->start[r] = -DOT_KEYS_ZERO * sum;
    }
    memset(s->acc, 0, (size_t)(padded * s->width) * sizeof(float));
}

void generate_attend_many_int8(const attention *a, const tile *rows) {
    state s;
    start(a, rows, &s);
    pages range = pages_of(a, rows);
    for (int64_t p = range.first; p <= range.last; p++) {
        int8_page page = int8_page_at(page_of(a, rows, p), a->head_dim);
        if (seen_by_all(a, rows, p)) {
            attend_whole(&page, p, &s);
        } else {
            attend_part(&page, p, seen_by_any(a, rows, p), &s);
        }
    }
    write_rows(a, rows, s.width, s.acc, s.l);
}
