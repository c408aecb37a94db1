/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectors as wide as the level: LANES floats or 32-bit integers, 16 of them in ROW_PARTS vectors. Kernels are written once with
 * these; + - * / come from the compiler's vector types. No operation here lets a sum cross lanes but fold16, whose tree is fixed,
 * so every width gives the same bits.
 */
#ifndef GENERATE_LANES_H
#define GENERATE_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#define LANES 16
#elif defined(__AVX2__)
#include <immintrin.h>
#define LANES 8
#else
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#define LANES 4
#endif

/* Vectors that hold 16 elements. */
#define PARTS (16 / LANES)

typedef float f32v __attribute__((vector_size(LANES * 4)));
typedef int32_t i32v __attribute__((vector_size(LANES * 4)));
typedef uint16_t u16v __attribute__((vector_size(LANES * 2)));
typedef int8_t i8v __attribute__((vector_size(LANES)));

#define INLINE static inline __attribute__((always_inline))

/* Loads and stores need no alignment. */
INLINE f32v load(const float *from) {
    f32v v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void store(float *to, f32v v) {
    memcpy(to, &v, sizeof v);
}

/* The first n elements, 0 < n, and 0 beyond them. */
INLINE f32v load_first(const float *from, int64_t n) {
    if (n >= LANES) {
        return load(from);
    }
    float t[LANES] = {0};
    for (int64_t i = 0; i < n; i++) {
        t[i] = from[i];
    }
    return load(t);
}

INLINE void store_first(float *to, f32v v, int64_t n) {
    if (n >= LANES) {
        store(to, v);
        return;
    }
    float t[LANES];
    store(t, v);
    for (int64_t i = 0; i < n; i++) {
        to[i] = t[i];
    }
}

INLINE f32v all(float x) {
#if LANES == 16
    return (f32v)_mm512_set1_ps(x);
#elif LANES == 8
    return (f32v)_mm256_set1_ps(x);
#else
    return (f32v){x, x, x, x};
#endif
}

INLINE i32v all_int(int32_t x) {
    return (i32v){0} + x;
}

INLINE f32v to_float(i32v v) {
    return __builtin_convertvector(v, f32v);
}

/* 16 bits of bfloat16, widened. */
INLINE f32v load_bf16(const uint16_t *from) {
#if defined(__aarch64__)
    return (f32v)vshll_n_u16(vld1_u16(from), 16);
#else
    u16v v;
    memcpy(&v, from, sizeof v);
    return (f32v)(__builtin_convertvector(v, i32v) << 16);
#endif
}

/* LANES bytes, widened. */
INLINE i32v load_int8(const int8_t *from) {
#if defined(__aarch64__)
    int32_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    return (i32v)vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(bytes)))));
#else
    i8v v;
    memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, i32v);
#endif
}

/*
 * a * b + c, rounded once. Where the processor has no such instruction: the product of two floats is exact in a double; the sum
 * is rounded to odd (Boldo and Melquiond, IEEE Transactions on Computers 57(4), 2008): TwoSum gives its error, and where that is
 * not zero and the last bit is even, the neighbour on the error's side is the odd one. 53 bits are more than 24 + 2, so rounding
 * that to float is rounding the exact value, subnormal results included.
 */
INLINE float fma1(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
    return __builtin_fmaf(a, b, c);
#else
    double product = (double)a * (double)b;
    double sum = product + (double)c;
    double c_part = sum - product;
    double error = (product - (sum - c_part)) + ((double)c - c_part);
    int64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    int64_t inexact = (error > 0) | (error < 0);
    int64_t away = (error > 0) == (sum > 0) ? 1 : -1;
    bits += away & -(inexact & ~bits);
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
#endif
}

INLINE f32v fma_(f32v a, f32v b, f32v c) {
#if LANES == 16
    return (f32v)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif LANES == 8
    return (f32v)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (f32v)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    f32v r;
    for (int i = 0; i < LANES; i++) {
        r[i] = fma1(a[i], b[i], c[i]);
    }
    return r;
#endif
}

/* The larger, lane by lane, and b where a is NaN; which of two zeros, or what with a NaN in b, is open. */
INLINE f32v max_(f32v a, f32v b) {
#if LANES == 16
    return (f32v)_mm512_max_ps((__m512)a, (__m512)b);
#elif LANES == 8
    return (f32v)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__aarch64__)
    return (f32v)vmaxnmq_f32((float32x4_t)a, (float32x4_t)b);
#else
    i32v larger = a > b;
    return (f32v)(((i32v)a & larger) | ((i32v)b & ~larger));
#endif
}

INLINE f32v abs_(f32v v) {
    return (f32v)((i32v)v & 0x7FFFFFFF);
}

/* To the nearest integer, half to even, for |v| < 2^22. */
INLINE i32v round_(f32v v) {
#if LANES == 16
    return (i32v)_mm512_cvtps_epi32((__m512)v);
#elif LANES == 8
    return (i32v)_mm256_cvtps_epi32((__m256)v);
#elif defined(__SSE2__)
    return (i32v)_mm_cvtps_epi32((__m128)v);
#elif defined(__aarch64__)
    return (i32v)vcvtnq_s32_f32((float32x4_t)v);
#else
    i32v r;
    for (int i = 0; i < LANES; i++) {
        r[i] = (int32_t)__builtin_rintf(v[i]);
    }
    return r;
#endif
}

/* The sum of 16 elements folded by halves: 8, 4, 2, 1. */
INLINE float fold16(const f32v v[PARTS]) {
#if LANES >= 8
#if LANES == 16
    __m512 w = (__m512)v[0];
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(w), _mm512_extractf32x8_ps(w, 1));
#else
    __m256 eight = _mm256_add_ps((__m256)v[0], (__m256)v[1]);
#endif
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#else
    float t[16];
    for (int p = 0; p < PARTS; p++) {
        store(t + p * LANES, v[p]);
    }
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            t[i] += t[i + half];
        }
    }
    return t[0];
#endif
}

/* FloatMath.exp2. */
INLINE f32v exp2_(f32v x) {
    f32v c = max_(x, all(-125.0f));
    f32v n = c + 0x1.8p23f;
    f32v r = c - (n - 0x1.8p23f);
    f32v p = all(9.582809172570705e-3f);
    p = fma_(p, r, all(5.590630695223808e-2f));
    p = fma_(p, r, all(2.402409911155701e-1f));
    p = fma_(p, r, all(6.931242346763611e-1f));
    p = fma_(p, r, all(1.0f));
    return (f32v)((i32v)p + ((i32v)n << 23));
}

INLINE float largest(f32v v) {
#if LANES >= 8
#if LANES == 16
    __m256 eight = _mm256_max_ps(_mm512_castps512_ps256((__m512)v), _mm512_extractf32x8_ps((__m512)v, 1));
#else
    __m256 eight = (__m256)v;
#endif
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
#else
    float t[LANES];
    store(t, v);
    float m = t[0];
    for (int i = 1; i < LANES; i++) {
        m = t[i] > m ? t[i] : m;
    }
    return m;
#endif
}

/* FloatMath.exp. */
INLINE f32v exp_(f32v x) {
    i32v in_range = x >= all(-87.0f);
    f32v high = all(88.0f);
    i32v below = x < high;
    f32v c = (f32v)((((i32v)x & below) | ((i32v)high & ~below)) & in_range);
    i32v n = round_(c * 1.44269504f);
    f32v nf = to_float(n);
    f32v r = fma_(nf, all(-0.693145752f), c);
    r = fma_(nf, all(-1.42860677e-6f), r);
    f32v p = all(1.9875691500e-4f);
    p = fma_(p, r, all(1.3981999507e-3f));
    p = fma_(p, r, all(8.3334519073e-3f));
    p = fma_(p, r, all(4.1665795894e-2f));
    p = fma_(p, r, all(1.6666665459e-1f));
    p = fma_(p, r, all(5.0000001201e-1f));
    p = fma_(p * r, r, r) + 1.0f;
    return (f32v)((i32v)(p * (f32v)((n + 127) << 23)) & in_range);
}

#endif
