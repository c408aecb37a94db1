/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer products of the weight codes of a row block with the activation codes of TOKENS tokens: each level's own instructions.
 * sum[t][p] has a lane for each row. All are exact, so they agree whatever the order.
 *
 * dot8 gives the sum of (code - DOT8_ZERO) * x over `columns` columns of 8-bit codes, dot4 the sum of code * x over 4-bit codes.
 * Activation codes lie in -127..127.
 */
#ifndef GENERATE_DOT_H
#define GENERATE_DOT_H

#include "kernels.h"
#include "lanes.h"

/* How far ahead of the codes in use the next ones are asked for; each 64 bytes of codes ask for 64. */
enum { PREFETCH_BYTES = 2048 };

/* Four activation codes. */
INLINE int32_t four(const int8_t *x) {
    int32_t v;
    memcpy(&v, x, sizeof v);
    return v;
}

#if defined(__AVX512VNNI__)
#define TILE_TOKENS 8
#define DOT8_ZERO 0

/* vpdpbusd multiplies unsigned by signed bytes and adds four products to 32 bits without saturation. */
INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 4) {
        __builtin_prefetch(w + c * BLOCK_ROWS + PREFETCH_BYTES);
        __m512i codes = _mm512_loadu_si512(w + c * BLOCK_ROWS);
        for (int t = 0; t < tokens; t++) {
            __m512i xs = _mm512_set1_epi32(four(x + t * stride + c));
            sum[t][0] = (i32v)_mm512_dpbusd_epi32((__m512i)sum[t][0], codes, xs);
        }
    }
}

INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    __m512i nibble = _mm512_set1_epi8(15);
    for (int64_t c = 0; c < columns; c += 8) {
        __builtin_prefetch(w + c * BLOCK_ROWS / 2 + PREFETCH_BYTES);
        __m512i codes = _mm512_loadu_si512(w + c * BLOCK_ROWS / 2);
        __m512i low = _mm512_and_si512(codes, nibble);
        __m512i high = _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble);
        for (int t = 0; t < tokens; t++) {
            const int8_t *xt = x + t * stride + c;
            __m512i s = _mm512_dpbusd_epi32((__m512i)sum[t][0], low, _mm512_set1_epi32(four(xt)));
            sum[t][0] = (i32v)_mm512_dpbusd_epi32(s, high, _mm512_set1_epi32(four(xt + 4)));
        }
    }
}

#elif defined(__AVX2__)
#define TILE_TOKENS 4
#define DOT8_ZERO 128

/*
 * maddubs multiplies unsigned by signed bytes and adds pairs to 16 bits with saturation; with w = code - 128 it gets |w| and x
 * with the sign of w. |w| <= 128 and |x| <= 127, so a pair is at most 2 * 128 * 127 = 32512 < 2^15: nothing saturates. Where
 * w = 0 the sign gives 0, which is the product.
 */
INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    __m256i ones = _mm256_set1_epi16(1);
    __m256i half = _mm256_set1_epi8((char)128);
    for (int64_t c = 0; c < columns; c += 4) {
        __builtin_prefetch(w + c * BLOCK_ROWS + PREFETCH_BYTES);
        for (int p = 0; p < PARTS; p++) {
            __m256i codes = _mm256_loadu_si256((const __m256i *)(w + c * BLOCK_ROWS + p * 32));
            __m256i ws = _mm256_xor_si256(codes, half);
            __m256i size = _mm256_abs_epi8(ws);
            for (int t = 0; t < tokens; t++) {
                __m256i xs = _mm256_sign_epi8(_mm256_set1_epi32(four(x + t * stride + c)), ws);
                sum[t][p] += (i32v)_mm256_madd_epi16(_mm256_maddubs_epi16(size, xs), ones);
            }
        }
    }
}

/* In 16 bits, up to 32 columns at a time: eight pairs of at most 2 * 15 * 127 add up to 30480 < 2^15. */
INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    __m256i nibble = _mm256_set1_epi8(15);
    for (int64_t c = 0; c < columns;) {
        int64_t end = c + 32 < columns ? c + 32 : columns;
        __m256i pairs[TILE_TOKENS][PARTS];
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < PARTS; p++) {
                pairs[t][p] = _mm256_setzero_si256();
            }
        }
        for (; c < end; c += 8) {
            __builtin_prefetch(w + c * BLOCK_ROWS / 2 + PREFETCH_BYTES);
            for (int p = 0; p < PARTS; p++) {
                __m256i codes = _mm256_loadu_si256((const __m256i *)(w + c * BLOCK_ROWS / 2 + p * 32));
                __m256i low = _mm256_and_si256(codes, nibble);
                __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
                for (int t = 0; t < tokens; t++) {
                    const int8_t *xt = x + t * stride + c;
                    __m256i l = _mm256_maddubs_epi16(low, _mm256_set1_epi32(four(xt)));
                    __m256i h = _mm256_maddubs_epi16(high, _mm256_set1_epi32(four(xt + 4)));
                    pairs[t][p] = _mm256_add_epi16(pairs[t][p], _mm256_add_epi16(l, h));
                }
            }
        }
        for (int t = 0; t < tokens; t++) {
            for (int p = 0; p < PARTS; p++) {
                sum[t][p] += (i32v)_mm256_madd_epi16(pairs[t][p], _mm256_set1_epi16(1));
            }
        }
    }
}

#else
#define TILE_TOKENS 4
#define DOT8_ZERO 0

/* Adds w[r][j] * x[j], four rows a vector; plain C that compilers turn into multiplications of 16 bits. */
INLINE i32v dot_rows(i32v sum, const uint8_t w[16], const int8_t *x) {
    int32_t s[LANES];
    memcpy(s, &sum, sizeof s);
    for (int r = 0; r < LANES; r++) {
        for (int j = 0; j < 4; j++) {
            s[r] += (int16_t)w[r * 4 + j] * (int16_t)x[j];
        }
    }
    memcpy(&sum, s, sizeof s);
    return sum;
}

INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 4) {
        for (int p = 0; p < PARTS; p++) {
            for (int t = 0; t < tokens; t++) {
                sum[t][p] = dot_rows(sum[t][p], w + c * BLOCK_ROWS + p * 16, x + t * stride + c);
            }
        }
    }
}

INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 8) {
        for (int p = 0; p < PARTS; p++) {
            uint8_t low[16];
            uint8_t high[16];
            for (int i = 0; i < 16; i++) {
                low[i] = w[c * BLOCK_ROWS / 2 + p * 16 + i] & 15;
                high[i] = w[c * BLOCK_ROWS / 2 + p * 16 + i] >> 4;
            }
            for (int t = 0; t < tokens; t++) {
                const int8_t *xt = x + t * stride + c;
                sum[t][p] = dot_rows(dot_rows(sum[t][p], low, xt), high, xt + 4);
            }
        }
    }
}
#endif

#endif
