/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights unpacked for many tokens: PANEL_PAIRS pairs of row blocks by up to PANEL_COLUMNS columns, codes in 8 bits and scales as
 * floats, small enough for the second-level cache. What unpacking costs is shared by all tokens, and one kernel serves all kinds
 * of matrices.
 */
#ifndef GENERATE_PANEL_H
#define GENERATE_PANEL_H

#include "nibbles.h"
#include "product.h"

enum {
    PAIR_ROWS = 2 * BLOCK_ROWS,
    PANEL_PAIRS = 4,
    PANEL_BLOCKS = 2 * PANEL_PAIRS,
    PANEL_COLUMNS = 1024,
    PANEL_GROUPS = PANEL_COLUMNS / 16
};

typedef struct {
    uint8_t codes[PANEL_COLUMNS / 4][2][64] __attribute__((aligned(64)));
    float scales[PANEL_GROUPS][PAIR_ROWS];
    float minima[PANEL_GROUPS][PAIR_ROWS];
} panel;

/* What stands for 0 among the codes of a panel. */
INLINE int32_t panel_zero(const product *m) {
    return m->table ? TABLE_ZERO : (int32_t)m->zero;
}

/* Columns of one block, their codes less `zero`, 128 bytes apart for each 4 columns. */
INLINE void unpack_codes(const product *m, int32_t zero, int64_t block, int64_t from, int64_t to, uint8_t *out) {
    __m512i zeros = _mm512_set1_epi8((char)zero);
    const uint8_t *codes = m->codes + (block * m->padded + from) * BLOCK_ROWS * m->bits / 8;
    if (m->table) {
        unpack_table(codes, m->table, to - from, out, 128);
        for (int64_t k = 0; zero && k < to - from; k += 4, out += 128) {
            _mm512_storeu_si512(out, _mm512_sub_epi8(_mm512_loadu_si512(out), zeros));
        }
    } else if (m->bits == 8) {
        for (int64_t k = 0; k < to - from; k += 4, out += 128) {
            prefetch(FAR_TOKENS, codes + k * BLOCK_ROWS);
            _mm512_storeu_si512(out, _mm512_sub_epi8(_mm512_loadu_si512(codes + k * BLOCK_ROWS), zeros));
        }
    } else {
        __m512i nibble = _mm512_set1_epi8(15);
        for (int64_t k = 0; k < to - from; k += 8, out += 256) {
            prefetch(FAR_TOKENS, codes + k * BLOCK_ROWS / 2);
            __m512i pairs = _mm512_loadu_si512(codes + k * BLOCK_ROWS / 2);
            _mm512_storeu_si512(out, _mm512_sub_epi8(_mm512_and_si512(pairs, nibble), zeros));
            __m512i high = _mm512_and_si512(_mm512_srli_epi16(pairs, 4), nibble);
            _mm512_storeu_si512(out + 128, _mm512_sub_epi8(high, zeros));
        }
    }
}

/* Blocks `block` and the next, codes less `zero`; where that is not below `end`, nothing but zeros. */
INLINE void unpack_pair(const product *m, int32_t zero, int64_t block, int64_t end, int64_t from, int64_t to, panel *out) {
    int64_t first = from / m->group;
    int64_t groups = (to - from + m->group - 1) / m->group;
    for (int half = 0; half < 2; half++) {
        if (block + half < end) {
            unpack_codes(m, zero, block + half, from, to, out->codes[0][half]);
        } else {
            for (int64_t k = 0; k < (to - from) / 4; k++) {
                memset(out->codes[k][half], 0, 64);
            }
        }
        for (int64_t g = 0; g < groups; g++) {
            f32v scale = all(0.0f);
            f32v minimum = all(0.0f);
            if (block + half < end) {
                scale = load_scales(&m->scales, block + half, m->groups, m->group, first + g, 0);
                if (m->minima.small) {
                    minimum = load_scales(&m->minima, block + half, m->groups, m->group, first + g, 0);
                }
            }
            store(out->scales[g] + half * BLOCK_ROWS, scale);
            store(out->minima[g] + half * BLOCK_ROWS, minimum);
        }
    }
}

#endif
