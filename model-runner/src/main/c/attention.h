/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of attention share: pages, tiles of query rows, and how a head is quantised. */
#ifndef GENERATE_ATTENTION_H
#define GENERATE_ATTENTION_H

#include "kernels.h"
#include "lanes.h"

#define LOG2E 1.44269504f /* FloatMath.LOG2E */

enum {
    FEW_ROWS = 16,     /* most rows of a tile of few */
    KEY_ZERO = 128,    /* KvCache.KEY_ZERO */
    TILE_ROWS = 64,    /* most query rows of a tile */
    TILE_ELEMENTS = 64 * 128 /* most elements of its queries: it has fewer rows if they are wider */
};

/* One operation. */
typedef struct {
    const char *layer;
    int64_t type, kv_heads, head_dim, window;
    float scale;
} attention;

/*
 * Query rows of one sequence that read the same key head, in order of position: the query heads of its group for one or more
 * tokens.
 */
typedef struct {
    const float *q[TILE_ROWS];
    float *out[TILE_ROWS];
    int64_t position[TILE_ROWS];
    int64_t count;
    const int32_t *table;
    int64_t kv_head;
} tile;

/* Each computes a whole tile: of few rows with positions and elements of the head in the lanes, of many with rows in the lanes. */
void generate_attend_few(const attention *a, const tile *rows);
void generate_attend_few_int8(const attention *a, const tile *rows);
void generate_attend_many(const attention *a, const tile *rows);
void generate_attend_many_int8(const attention *a, const tile *rows);

/* Elements of a head in int8 pages: KvCache.paddedHeadDim. */
INLINE int64_t padded_head(int64_t head_dim) {
    return (head_dim + 15) / 16 * 16;
}

/* Bytes of one head in a page. */
INLINE int64_t kv_bytes(int64_t type, int64_t head_dim) {
    return type == KV_INT8 ? 2 * PAGE * (padded_head(head_dim) + (int64_t)sizeof(float))
                           : 2 * PAGE * head_dim * (type == KV_BF16 ? 2 : 4);
}

/* Page p of a tile's sequence. */
INLINE const char *page_of(const attention *a, const tile *rows, int64_t p) {
    return a->layer + (rows->table[p] * a->kv_heads + rows->kv_head) * kv_bytes(a->type, a->head_dim);
}

/* First position that a query at p sees. */
INLINE int64_t first_seen(int64_t p, int64_t window) {
    return window > 0 && p >= window ? p - window + 1 : 0;
}

/* The positions from low to high of page p that a query at `position` sees; none if low >= high. */
typedef struct {
    int64_t low, high;
} seen;

INLINE seen seen_of(const attention *a, int64_t position, int64_t p) {
    int64_t low = first_seen(position, a->window) - p * PAGE;
    int64_t high = position + 1 - p * PAGE;
    return (seen){low < 0 ? 0 : low, high > PAGE ? PAGE : high};
}

/* Part of page p that some row of a tile sees. */
INLINE seen seen_by_any(const attention *a, const tile *rows, int64_t p) {
    return (seen){seen_of(a, rows->position[0], p).low, seen_of(a, rows->position[rows->count - 1], p).high};
}

/* Whether each row of a tile sees all of page p. */
INLINE int seen_by_all(const attention *a, const tile *rows, int64_t p) {
    return seen_of(a, rows->position[0], p).high == PAGE && seen_of(a, rows->position[rows->count - 1], p).low == 0;
}

/* The pages that some row of a tile sees. */
typedef struct {
    int64_t first, last;
} pages;

INLINE pages pages_of(const attention *a, const tile *rows) {
    return (pages){first_seen(rows->position[0], a->window) / PAGE, rows->position[rows->count - 1] / PAGE};
}

/* For each lane, whether the position that is its number plus `first` is seen. */
INLINE i32v within(seen part, int first) {
    static const int32_t lanes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    i32v p;
    memcpy(&p, lanes, sizeof p);
    p += first;
    return (i32v)(all_int((int32_t)part.low) <= p) & (i32v)(p < all_int((int32_t)part.high));
}

/* For each lane, whether the row whose first and last seen positions these are sees a position. */
INLINE i32v sees(const int32_t *first, const int32_t *last, int64_t position) {
    i32v low, high;
    memcpy(&low, first, sizeof low);
    memcpy(&high, last, sizeof high);
    i32v p = all_int((int32_t)position);
    return (i32v)(low <= p) & (i32v)(p <= high);
}

/* a where the mask is set, b elsewhere. */
INLINE f32v where(i32v mask, f32v a, f32v b) {
    return (f32v)(((i32v)a & mask) | ((i32v)b & ~mask));
}

/* The sum of 8 vectors, folded by halves: 4, 2, 1. */
INLINE f32v fold_vectors(const f32v v[8]) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* What a tile of few rows does with the part of a page that its rows from r to r1 (exclusive) see. */
typedef void attend_page(
    const attention *a, const char *page, const char *ahead, seen part, void *state, int64_t r, int64_t r1);

/*
 * Calls `attend` for every page that a row of the tile sees, in ascending order, and neighbours that see the same part of it.
 * `ahead` is the page to fetch meanwhile.
 */
void generate_walk_pages(const attention *a, const tile *rows, attend_page *attend, void *state);

/* The outputs of a tile whose sums lie [element][row], `width` rows apart. */
INLINE void write_rows(const attention *a, const tile *rows, int64_t width, const float *acc, const float *l) {
    for (int64_t r = 0; r < rows->count; r++) {
        float inverse = 1.0f / l[r];
        for (int64_t d = 0; d < a->head_dim; d++) {
            rows->out[r][d] = acc[d * width + r] * inverse;
        }
    }
}

/* One head of an int8 page. */
typedef struct {
    const uint8_t *keys;
    const int8_t *values;
    const float *key_scales, *value_scales;
    int64_t padded;
} int8_page;

INLINE int8_page int8_page_at(const char *page, int64_t head_dim) {
    int64_t padded = padded_head(head_dim);
    const float *scales = (const float *)(page + 2 * PAGE * padded);
    return (int8_page){(const uint8_t *)page, (const int8_t *)page + PAGE * padded, scales, scales + PAGE, padded};
}

/* The low bytes of a vector. */
INLINE void store_codes(void *to, i32v v) {
#if LANES == 16
    __m128i bytes = _mm512_cvtepi32_epi8((__m512i)v);
    __asm__("" : "+x"(bytes)); /* narrowing straight into memory is slow on some processors */
    memcpy(to, &bytes, LANES);
#elif LANES == 8
    __m256i low = _mm256_shuffle_epi8((__m256i)v, _mm256_set1_epi32(0x0C080400));
    __m128i bytes = _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    memcpy(to, &bytes, LANES);
#else
    i8v bytes = __builtin_convertvector(v, i8v);
    memcpy(to, &bytes, sizeof bytes);
#endif
}

/* Quantises a head as one group of Activations; returns the scale. Codes beyond the head, up to padded_head, are 0. */
INLINE float quantize_head(const float *x, int64_t head_dim, int8_t *codes) {
    f32v m = all(0.0f);
    for (int64_t d = 0; d < head_dim; d += LANES) {
        m = max_(abs_(load_first(x + d, head_dim - d)), m);
    }
    float absmax = largest(m);
    float inverse = absmax >= 0x1p-100f ? 127.0f / absmax : 0.0f;
    for (int64_t d = 0; d < padded_head(head_dim); d += LANES) {
        f32v v = d < head_dim ? load_first(x + d, head_dim - d) : all(0.0f);
        store_codes(codes + d, round_(v * inverse));
    }
    return absmax >= 0x1p-100f ? absmax / 127.0f : 0.0f;
}

#endif
