/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer products of attention: four neighbouring bytes of each lane, added to the lane. All are exact, so they agree whatever
 * the order.
 *
 * dot_keys adds (k - KEY_ZERO) * q, or k * q where DOT_KEYS_ZERO is KEY_ZERO, of unsigned key codes and query codes from -127 to
 * 127. dot_weights adds w * v of weights from 0 to 127 and signed value codes.
 */
#ifndef GENERATE_ATTENTION_DOT_H
#define GENERATE_ATTENTION_DOT_H

#include "attention.h"

/* Four bytes, in every lane. */
INLINE i32v four_bytes(const void *from) {
    int32_t v;
    memcpy(&v, from, sizeof v);
    return all_int(v);
}

INLINE i32v load_bytes(const void *from) {
    i32v v;
    memcpy(&v, from, sizeof v);
    return v;
}

#if defined(__AVX512VNNI__)
enum { DOT_KEYS_ZERO = KEY_ZERO };

INLINE i32v dot_keys(i32v sum, i32v k, i32v q) {
    return (i32v)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)k, (__m512i)q);
}

INLINE i32v dot_weights(i32v sum, i32v w, i32v v) {
    return (i32v)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)v);
}

#elif defined(__AVX2__)
enum { DOT_KEYS_ZERO = 0 };

/* maddubs adds pairs to 16 bits with saturation: at most 2 * 128 * 127 = 32512 < 2^15. */
INLINE i32v dot_weights(i32v sum, i32v w, i32v v) {
    __m256i pairs = _mm256_maddubs_epi16((__m256i)w, (__m256i)v);
    return sum + (i32v)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/* |k| times q with the sign of k. */
INLINE i32v dot_keys(i32v sum, i32v k, i32v q) {
    __m256i signed_k = _mm256_xor_si256((__m256i)k, _mm256_set1_epi8((char)KEY_ZERO));
    return dot_weights(sum, (i32v)_mm256_abs_epi8(signed_k), (i32v)_mm256_sign_epi8((__m256i)q, signed_k));
}

#elif defined(__aarch64__)
#if defined(__ARM_FEATURE_MATMUL_INT8)
enum { DOT_KEYS_ZERO = KEY_ZERO };

INLINE i32v dot_keys(i32v sum, i32v k, i32v q) {
    return (i32v)vusdotq_s32((int32x4_t)sum, (uint8x16_t)k, (int8x16_t)q);
}

INLINE i32v dot_weights(i32v sum, i32v w, i32v v) {
    return (i32v)vusdotq_s32((int32x4_t)sum, (uint8x16_t)w, (int8x16_t)v);
}

#else
enum { DOT_KEYS_ZERO = 0 };

/* Weights are signed codes too. Without a dot product, pairs are at most 2 * 128 * 127 = 32512 < 2^15. */
INLINE i32v dot_weights(i32v sum, i32v w, i32v v) {
#if defined(__ARM_FEATURE_DOTPROD)
    return (i32v)vdotq_s32((int32x4_t)sum, (int8x16_t)w, (int8x16_t)v);
#else
    int16x8_t low = vmull_s8(vget_low_s8((int8x16_t)w), vget_low_s8((int8x16_t)v));
    int16x8_t high = vmull_high_s8((int8x16_t)w, (int8x16_t)v);
    return (i32v)vpadalq_s16((int32x4_t)sum, vpaddq_s16(low, high));
#endif
}

INLINE i32v dot_keys(i32v sum, i32v k, i32v q) {
    return dot_weights(sum, (i32v)veorq_u8((uint8x16_t)k, vdupq_n_u8(KEY_ZERO)), q);
}
#endif

#else
enum { DOT_KEYS_ZERO = 0 };

typedef int16_t i16v __attribute__((vector_size(LANES * 4)));

/* The sum of each two neighbours. */
INLINE i32v add_two(i16v v) {
    i32v wide = (i32v)v;
    return (wide << 16 >> 16) + (wide >> 16);
}

/* 16 bits hold a product: at most 128 * 128. */
INLINE i32v dot_weights(i32v sum, i32v w, i32v v) {
    i16v a = (i16v)w;
    i16v b = (i16v)v;
    return sum + add_two((a & 255) * (b << 8 >> 8)) + add_two((a >> 8 & 255) * (b >> 8));
}

INLINE i32v dot_keys(i32v sum, i32v k, i32v q) {
    i16v a = (i16v)k;
    i16v b = (i16v)q;
    return sum + add_two(((a & 255) - KEY_ZERO) * (b << 8 >> 8)) + add_two(((a >> 8 & 255) - KEY_ZERO) * (b >> 8));
}
#endif

#endif
