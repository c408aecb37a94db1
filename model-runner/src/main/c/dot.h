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

/*
 * How far ahead of the codes in use the next ones are asked for; each 64 bytes of codes ask for 64. With wide vectors the products
 * of a few tokens leave the memory idle unless more is under way than the first cache can wait for: then the second one waits.
 * One token's products with 8-bit codes are done so soon that they gain from it too, 4-bit codes take long enough without.
 */
enum { PREFETCH_BYTES = 2048, FAR_PREFETCH_BYTES = 8192, FAR_TOKENS = 4, BYTE_PREFETCH_BYTES = 4096 };

INLINE void prefetch(const int tokens, const uint8_t *codes) {
    if (LANES == 16 && tokens >= FAR_TOKENS) {
        __builtin_prefetch((const void *)((uintptr_t)codes + FAR_PREFETCH_BYTES), 0, 2);
    } else {
        __builtin_prefetch((const void *)((uintptr_t)codes + PREFETCH_BYTES));
    }
}

INLINE void prefetch_bytes(const int tokens, const uint8_t *codes) {
    __builtin_prefetch(
        (const void *)((uintptr_t)codes + (tokens < FAR_TOKENS ? BYTE_PREFETCH_BYTES : FAR_PREFETCH_BYTES)), 0, 2);
}

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
        prefetch_bytes(tokens, w + c * BLOCK_ROWS);
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
        prefetch(tokens, w + c * BLOCK_ROWS / 2);
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
 * w = 0 the sign gives 0, which is the product. Not unrolled: sixteen registers hold the sums of one round only.
 */
INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    __m256i ones = _mm256_set1_epi16(1);
    __m256i half = _mm256_set1_epi8((char)128);
#pragma GCC unroll 1
    for (int64_t c = 0; c < columns; c += 4) {
        prefetch(tokens, w + c * BLOCK_ROWS);
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

/*
 * In 16 bits, up to 32 columns at a time: eight pairs of at most 2 * 15 * 127 add up to 30480 < 2^15. Eight rows after the other
 * eight, so that the sums of all tokens stay in registers.
 */
INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    __m256i nibble = _mm256_set1_epi8(15);
    for (int64_t c = 0; c < columns; c += 32) {
        int64_t end = c + 32 < columns ? c + 32 : columns;
        prefetch(tokens, w + c * BLOCK_ROWS / 2);
        prefetch(tokens, w + c * BLOCK_ROWS / 2 + 64);
        prefetch(tokens, w + c * BLOCK_ROWS / 2 + 128);
        prefetch(tokens, w + c * BLOCK_ROWS / 2 + 192);
        for (int p = 0; p < PARTS; p++) {
            __m256i pairs[TILE_TOKENS];
            for (int t = 0; t < tokens; t++) {
                pairs[t] = _mm256_setzero_si256();
            }
#pragma GCC unroll 1
            for (int64_t k = c; k < end; k += 8) {
                __m256i codes = _mm256_loadu_si256((const __m256i *)(w + k * BLOCK_ROWS / 2 + p * 32));
                __m256i low = _mm256_and_si256(codes, nibble);
                __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
                for (int t = 0; t < tokens; t++) {
                    const int8_t *xt = x + t * stride + k;
                    __m256i l = _mm256_maddubs_epi16(low, _mm256_set1_epi32(four(xt)));
                    __m256i h = _mm256_maddubs_epi16(high, _mm256_set1_epi32(four(xt + 4)));
                    pairs[t] = _mm256_add_epi16(pairs[t], _mm256_add_epi16(l, h));
                }
            }
            for (int t = 0; t < tokens; t++) {
                sum[t][p] += (i32v)_mm256_madd_epi16(pairs[t], _mm256_set1_epi16(1));
            }
        }
    }
}

#elif defined(__aarch64__)
#include "dot_neon.h"

#else
#define TILE_TOKENS 4
#define DOT8_ZERO 0

typedef int16_t i16v __attribute__((vector_size(16)));

/* 16 bytes of codes: columns 0 and 2 of four rows are the low bytes of 16-bit lanes, columns 1 and 3 the high ones. */
INLINE i16v load_codes(const uint8_t *from) {
    i16v v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* Activation codes 0 and 2 (low) or 1 and 3 (high), likewise, for all rows. */
INLINE i16v spread_low(const int8_t *x) {
    return (i16v){x[0], x[2], x[0], x[2], x[0], x[2], x[0], x[2]};
}

INLINE i16v spread_high(const int8_t *x) {
    return (i16v){x[1], x[3], x[1], x[3], x[1], x[3], x[1], x[3]};
}

/* The sum of each two neighbours. */
INLINE i32v add_pairs(i16v v) {
    i32v wide = (i32v)v;
    return (wide << 16 >> 16) + (wide >> 16);
}

/* A product is at most 255 * 127 = 32385 < 2^15, so 16 bits hold it. */
INLINE void dot8(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 4) {
        for (int t = 0; t < tokens; t++) {
            i16v low = spread_low(x + t * stride + c);
            i16v high = spread_high(x + t * stride + c);
            for (int p = 0; p < PARTS; p++) {
                i16v codes = load_codes(w + c * BLOCK_ROWS + p * 16);
                sum[t][p] += add_pairs((codes & 255) * low) + add_pairs((codes >> 8 & 255) * high);
            }
        }
    }
}

/* Four products are at most 4 * 15 * 127 = 7620. */
INLINE void dot4(
    const int tokens, int64_t columns, const uint8_t *w, const int8_t *x, int64_t stride, i32v sum[][PARTS]) {
    for (int64_t c = 0; c < columns; c += 8) {
        for (int t = 0; t < tokens; t++) {
            const int8_t *xt = x + t * stride + c;
            i16v low = spread_low(xt);
            i16v high = spread_high(xt);
            i16v low4 = spread_low(xt + 4);
            i16v high4 = spread_high(xt + 4);
            for (int p = 0; p < PARTS; p++) {
                i16v codes = load_codes(w + c * BLOCK_ROWS / 2 + p * 16);
                i16v products = (codes & 15) * low + (codes >> 8 & 15) * high;
                sum[t][p] += add_pairs(products + (codes >> 4 & 15) * low4 + (codes >> 12 & 15) * high4);
            }
        }
    }
}
#endif

#endif
