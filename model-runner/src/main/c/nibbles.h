/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking of 4-bit codes of a row block into the layout of 8-bit codes. */
#ifndef GENERATE_NIBBLES_H
#define GENERATE_NIBBLES_H

#include "dot.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

/* What unpack_table adds to the values, so that codes are unsigned. */
enum { TABLE_ZERO = 128 };

/*
 * Codes of `columns` columns, a multiple of 8, looked up in a table of 16 values: value + TABLE_ZERO. Each 64 bytes of codes give
 * two times 64 bytes, `stride` bytes apart.
 */
INLINE void unpack_table(const uint8_t *codes, const int8_t *table, int64_t columns, uint8_t *out, int64_t stride) {
#if LANES == 16
    __m512i nibble = _mm512_set1_epi8(15);
    __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
    values = _mm512_xor_si512(values, _mm512_set1_epi8((char)TABLE_ZERO));
    for (int64_t k = 0; k < columns; k += 8, out += 2 * stride) {
        prefetch(1, codes + k * BLOCK_ROWS / 2);
        __m512i pairs = _mm512_loadu_si512(codes + k * BLOCK_ROWS / 2);
        __m512i low = _mm512_and_si512(pairs, nibble);
        __m512i high = _mm512_and_si512(_mm512_srli_epi16(pairs, 4), nibble);
        _mm512_storeu_si512(out, _mm512_shuffle_epi8(values, low));
        _mm512_storeu_si512(out + stride, _mm512_shuffle_epi8(values, high));
    }
#elif LANES == 8
    __m256i nibble = _mm256_set1_epi8(15);
    __m256i values = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    values = _mm256_xor_si256(values, _mm256_set1_epi8((char)TABLE_ZERO));
    for (int64_t k = 0; k < columns; k += 8, out += 2 * stride) {
        prefetch(1, codes + k * BLOCK_ROWS / 2);
        for (int p = 0; p < 64; p += 32) {
            __m256i pairs = _mm256_loadu_si256((const __m256i *)(codes + k * BLOCK_ROWS / 2 + p));
            __m256i low = _mm256_and_si256(pairs, nibble);
            __m256i high = _mm256_and_si256(_mm256_srli_epi16(pairs, 4), nibble);
            _mm256_storeu_si256((__m256i *)(out + p), _mm256_shuffle_epi8(values, low));
            _mm256_storeu_si256((__m256i *)(out + stride + p), _mm256_shuffle_epi8(values, high));
        }
    }
#elif defined(__aarch64__)
    uint8x16_t nibble = vdupq_n_u8(15);
    uint8x16_t values = veorq_u8(vreinterpretq_u8_s8(vld1q_s8(table)), vdupq_n_u8(TABLE_ZERO));
    for (int64_t k = 0; k < columns; k += 8, out += 2 * stride) {
        prefetch(1, codes + k * BLOCK_ROWS / 2);
        for (int p = 0; p < 64; p += 16) {
            uint8x16_t pairs = vld1q_u8(codes + k * BLOCK_ROWS / 2 + p);
            vst1q_u8(out + p, vqtbl1q_u8(values, vandq_u8(pairs, nibble)));
            vst1q_u8(out + stride + p, vqtbl1q_u8(values, vshrq_n_u8(pairs, 4)));
        }
    }
#else
    for (int64_t k = 0; k < columns; k += 8, out += 2 * stride) {
        prefetch(1, codes + k * BLOCK_ROWS / 2);
        for (int i = 0; i < 64; i++) {
            uint8_t pair = codes[k * BLOCK_ROWS / 2 + i];
            out[i] = (uint8_t)(table[pair & 15] + TABLE_ZERO);
            out[stride + i] = (uint8_t)(table[pair >> 4] + TABLE_ZERO);
        }
    }
#endif
}

#endif
