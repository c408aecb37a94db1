/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of many rows over pages of floats and bfloat16, with rows in the lanes: what is done for each row, the softmax above all,
 * needs no sum across lanes. A page of bfloat16 is widened once for the tile. State lies [element][row].
 */
#include "attention.h"

enum {
    PARTS_OF_ROWS = 2,                /* vectors of rows in a register tile */
    COLUMNS = LANES == 16 ? 8 : 4,    /* its positions, or elements of the head */
    MAX_PAGE = MAX_HEAD_DIM * PAGE
};

typedef struct {
    int64_t width; /* rows, a multiple of LANES; those beyond the tile repeat its last */
    int32_t position[TILE_ROWS];
    int32_t first[TILE_ROWS]; /* first position that the row sees */
    float q[TILE_ELEMENTS];
    float acc[TILE_ELEMENTS];
    float m[TILE_ROWS];
    float l[TILE_ROWS];
    float c[TILE_ROWS];
    float e[PAGE][TILE_ROWS];
    float keys[MAX_PAGE];
    float values[MAX_PAGE];
} state;

/* Scores of `parts` vectors of rows from r on against the positions of a page below `high`, and some beyond. */
INLINE void score(const int parts, const float *keys, int64_t head_dim, float scale, int64_t high, state *s, int64_t r) {
    for (int first = 0; first < high; first += COLUMNS) {
        f32v sum[COLUMNS][PARTS_OF_ROWS];
        for (int j = 0; j < COLUMNS; j++) {
            for (int p = 0; p < parts; p++) {
                sum[j][p] = all(0.0f);
            }
        }
        const float *q = s->q + r;
        const float *k = keys + first;
        for (int64_t d = 0; d < head_dim; d++, q += s->width, k += PAGE) {
            f32v qs[PARTS_OF_ROWS];
            for (int p = 0; p < parts; p++) {
                qs[p] = load(q + p * LANES);
            }
            for (int j = 0; j < COLUMNS; j++) {
                f32v kj = all(k[j]);
                for (int p = 0; p < parts; p++) {
                    sum[j][p] = fma_(qs[p], kj, sum[j][p]);
                }
            }
        }
        for (int j = 0; j < COLUMNS; j++) {
            for (int p = 0; p < parts; p++) {
                store(s->e[first + j] + r + p * LANES, sum[j][p] * scale);
            }
        }
    }
}

/* Turns the scores of a vector of rows into weights; updates m, l and c. */
INLINE void soften(const int whole, int64_t page, state *s, int64_t r) {
    f32v old = load(s->m + r);
    f32v top = old;
    for (int j = 0; j < PAGE; j++) {
        f32v score = load(s->e[j] + r);
        if (!whole) {
            score = where(sees(s->first + r, s->position + r, page * PAGE + j), score, all(-INFINITY));
            store(s->e[j] + r, score);
        }
        top = max_(score, top);
    }
    f32v sums[PAGE / 4];
    for (int j = 0; j < PAGE / 4; j++) {
        f32v e[4];
        for (int i = 0; i < 4; i++) {
            e[i] = exp_(load(s->e[j + i * (PAGE / 4)] + r) - top);
            store(s->e[j + i * (PAGE / 4)] + r, e[i]);
        }
        sums[j] = (e[0] + e[2]) + (e[1] + e[3]);
    }
    f32v c = exp_(old - top);
    store(s->c + r, c);
    store(s->l + r, fma_(load(s->l + r), c, fold_vectors(sums)));
    store(s->m + r, top);
}

/* Adds weights times values of the positions low to high to the sums; `whole` if all rows see them. */
INLINE void weigh_positions(
    const int whole, const int parts, const int columns, const float *values, int64_t head_dim, int64_t page, int64_t low,
    int64_t high, int64_t d, const state *s, int64_t r, f32v sum[COLUMNS][PARTS_OF_ROWS]) {
    for (int64_t j = low; j < high; j++) {
        f32v e[PARTS_OF_ROWS];
        i32v seen[PARTS_OF_ROWS];
        for (int p = 0; p < parts; p++) {
            e[p] = load(s->e[j] + r + p * LANES);
            seen[p] = sees(s->first + r + p * LANES, s->position + r + p * LANES, page * PAGE + j);
        }
        for (int i = 0; i < columns; i++) {
            f32v v = all(values[j * head_dim + d + i]);
            for (int p = 0; p < parts; p++) {
                f32v next = fma_(e[p], v, sum[i][p]);
                sum[i][p] = whole ? next : where(seen[p], next, sum[i][p]);
            }
        }
    }
}

/*
 * acc = acc * c + weights times values for `parts` vectors of rows from r on, `columns` elements from d on, for the positions that
 * some of the rows see; each of them sees those of `each`.
 */
INLINE void weigh(
    const int parts, const int columns, const float *values, int64_t head_dim, int64_t page, seen some, seen each, int64_t d,
    state *s, int64_t r) {
    f32v sum[COLUMNS][PARTS_OF_ROWS];
    float *acc = s->acc + d * s->width + r;
    for (int p = 0; p < parts; p++) {
        f32v c = load(s->c + r + p * LANES);
        for (int i = 0; i < columns; i++) {
            sum[i][p] = load(acc + i * s->width + p * LANES) * c;
        }
    }
    weigh_positions(0, parts, columns, values, head_dim, page, some.low, each.low, d, s, r, sum);
    weigh_positions(1, parts, columns, values, head_dim, page, each.low, each.high, d, s, r, sum);
    weigh_positions(0, parts, columns, values, head_dim, page, each.high, some.high, d, s, r, sum);
    for (int i = 0; i < columns; i++) {
        for (int p = 0; p < parts; p++) {
            store(acc + i * s->width + p * LANES, sum[i][p]);
        }
    }
}

/* One page for `parts` vectors of rows from r on; `whole` if all of them see all of it. */
INLINE void attend(
    const int whole, const int parts, const attention *a, const float *keys, const float *values, int64_t page, seen some,
    seen each, state *s, int64_t r) {
    score(parts, keys, a->head_dim, a->scale, some.high, s, r);
    for (int p = 0; p < parts; p++) {
        soften(whole, page, s, r + p * LANES);
    }
    int64_t d = 0;
    for (; d + COLUMNS <= a->head_dim; d += COLUMNS) {
        weigh(parts, COLUMNS, values, a->head_dim, page, some, each, d, s, r);
    }
    for (; d < a->head_dim; d++) {
        weigh(parts, 1, values, a->head_dim, page, some, each, d, s, r);
    }
}

static void attend_whole(const attention *a, const float *keys, const float *values, int64_t page, state *s) {
    const seen all_positions = {0, PAGE};
    int64_t r = 0;
    for (; r + PARTS_OF_ROWS * LANES <= s->width; r += PARTS_OF_ROWS * LANES) {
        attend(1, PARTS_OF_ROWS, a, keys, values, page, all_positions, all_positions, s, r);
    }
    for (; r < s->width; r += LANES) {
        attend(1, 1, a, keys, values, page, all_positions, all_positions, s, r);
    }
}

/* One vector of rows at a time, the less it does for positions that none of them sees. */
static void attend_part(const attention *a, const float *keys, const float *values, int64_t page, state *s) {
    for (int64_t r = 0; r < s->width; r += LANES) {
        seen first = seen_of(a, s->position[r], page);
        seen last = seen_of(a, s->position[r + LANES - 1], page);
        seen some = {first.low, last.high};
        seen each = {last.low, first.high};
        if (each.low >= each.high) {
            each.low = each.high = some.high;
        }
        if (some.low < some.high) {
            attend(0, 1, a, keys, values, page, some, each, s, r);
        }
    }
}

static const float *widen(const uint16_t *from, int64_t count, const char *ahead, float *to) {
    for (int64_t i = 0; i < count; i += LANES) {
        __builtin_prefetch(ahead + i * 2);
        store(to + i, load_bf16(from + i));
    }
    return to;
}

static void start(const attention *a, const tile *rows, state *s) {
    s->width = (rows->count + LANES - 1) / LANES * LANES;
    for (int64_t r = 0; r < s->width; r++) {
        int64_t row = r < rows->count ? r : rows->count - 1;
        s->position[r] = (int32_t)rows->position[row];
        s->first[r] = (int32_t)first_seen(rows->position[row], a->window);
        s->m[r] = -INFINITY;
        s->l[r] = 0.0f;
        for (int64_t d = 0; d < a->head_dim; d++) {
            s->q[d * s->width + r] = rows->q[row][d];
        }
    }
    memset(s->acc, 0, (size_t)(a->head_dim * s->width) * sizeof(float));
}

void generate_attend_many(const attention *a, const tile *rows) {
    state s;
    start(a, rows, &s);
    int64_t elements = a->head_dim * PAGE;
    pages range = pages_of(a, rows);
    for (int64_t p = range.first; p <= range.last; p++) {
        const char *page = page_of(a, rows, p);
        const float *keys = (const float *)page;
        const float *values = keys + elements;
        if (a->type == KV_BF16) {
            const char *ahead = page_of(a, rows, p < range.last ? p + 1 : p);
            keys = widen((const uint16_t *)page, elements, ahead, s.keys);
            values = widen((const uint16_t *)page + elements, elements, ahead + elements * 2, s.values);
        }
        if (seen_by_all(a, rows, p)) {
            attend_whole(a, keys, values, p, &s);
        } else {
            attend_part(a, keys, values, p, &s);
        }
    }
    write_rows(a, rows, s.width, s.acc, s.l);
}
