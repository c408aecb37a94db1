// SPDX-License-Identifier: Apache-2.0
// What every kernel is written with: the float functions of the exactness contract, one definition each, and the primitives that
// the card's compiler and the host's SIMT layer both have. The card's compiler runs with --fmad=false, the host's with
// -ffp-contract=off: an fma is where multiply_add is written.
#pragma once

#include <stdint.h>

#ifdef __CUDACC__
#define DEVICE static __device__ __forceinline__
#define DEVICE_METHOD __device__ __forceinline__
#define KERNEL(name, Arguments) extern "C" __global__ void name(const __grid_constant__ Arguments a)
#define SHARED(type, name, count) __shared__ type name[count]
#else
#include "simt.h"
#endif

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xFFFFFFFFu;

// Activations
constexpr int ACTIVATION_GROUP = 128;
constexpr int SUM_COLUMNS = 16;
constexpr float TINY = 0x1p-100f;

// PackedMatrix
constexpr int BLOCK_ROWS = 16;
constexpr int SUPER_BLOCK = 256;

// KvCache
constexpr int PAGE = 32;

DEVICE int lane() {
    return (int)threadIdx.x % WARP;
}

DEVICE int warp() {
    return (int)threadIdx.x / WARP;
}

DEVICE int warps() {
    return (int)blockDim.x / WARP;
}

DEVICE int padded_columns(int columns) {
    return (columns + 63) / 64 * 64;
}

DEVICE int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

DEVICE float multiply_add(float a, float b, float c) {
#ifdef __CUDACC__
    return __fmaf_rn(a, b, c);
#else
    return __builtin_fmaf(a, b, c);
#endif
}

DEVICE float float_of(int bits) {
#ifdef __CUDACC__
    return __int_as_float(bits);
#else
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
#endif
}

DEVICE int bits_of(float value) {
#ifdef __CUDACC__
    return __float_as_int(value);
#else
    int bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
#endif
}

// The nearest integer, half to even.
DEVICE int nearest(float value) {
#ifdef __CUDACC__
    return __float2int_rn(value);
#else
    return simt::nearest(value);
#endif
}

DEVICE float square_root(float value) {
#ifdef __CUDACC__
    return __fsqrt_rn(value);
#else
    return __builtin_sqrtf(value);
#endif
}

DEVICE float from_half(uint16_t bits) {
#ifdef __CUDACC__
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
#else
    _Float16 half;
    __builtin_memcpy(&half, &bits, sizeof half);
    return (float)half;
#endif
}

DEVICE float from_bf16(uint16_t bits) {
    return float_of((int)((uint32_t)bits << 16));
}

DEVICE uint16_t to_bf16(float value) {
    uint32_t bits = (uint32_t)bits_of(value);
    return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

// c plus the products of four signed bytes of a with four of b.
DEVICE int add_products(int a, int b, int c) {
#ifdef __CUDACC__
    return __dp4a(a, b, c);
#else
    return simt::add_products(a, b, c);
#endif
}

// Adds the products of 16 rows and 8 columns of 32 signed bytes, shared by a warp as mma.m16n8k32 has them. With r = lane() / 4
// and q = lane() % 4 a lane has bytes 4q to 4q + 3 of rows r and r + 8 in a[0] and a[1], those 16 further on in a[2] and a[3], of
// column r in b[0] and b[1], and sums of rows r and r + 8 with columns 2q and 2q + 1 in c[0], c[1] and c[2], c[3].
DEVICE void add_tile_products(int (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#ifdef __CUDACC__
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    simt::add_tile_products(c, a, b, __FILE__, __LINE__);
#endif
}

DEVICE float max_of_warp(float value) {
    for (int apart = WARP / 2; apart > 0; apart /= 2) {
        value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, apart));
    }
    return value;
}

// Lane 0: the values of the first 2 * half lanes, folded by halves.
DEVICE float fold(float value, int half) {
    for (int apart = half; apart > 0; apart /= 2) {
        value += __shfl_down_sync(ALL_LANES, value, apart);
    }
    return value;
}

// FloatMath.exp
DEVICE float exp_(float x) {
    if (!(x >= -87.0f)) {
        return 0.0f;
    }
    float c = fminf(x, 88.0f);
    int whole = nearest(c * 1.44269504f);
    float n = (float)whole;
    float r = multiply_add(n, -0.693145752f, c);
    r = multiply_add(n, -1.42860677e-6f, r);
    float p = 1.9875691500e-4f;
    p = multiply_add(p, r, 1.3981999507e-3f);
    p = multiply_add(p, r, 8.3334519073e-3f);
    p = multiply_add(p, r, 4.1665795894e-2f);
    p = multiply_add(p, r, 1.6666665459e-1f);
    p = multiply_add(p, r, 5.0000001201e-1f);
    p = multiply_add(p * r, r, r) + 1.0f;
    return p * float_of((whole + 127) << 23);
}

// FloatMath.exp2
DEVICE float exp2_(float x) {
    float c = fmaxf(x, -125.0f);
    float n = c + 0x1.8p23f;
    float r = c - (n - 0x1.8p23f);
    float p = 9.582809172570705e-3f;
    p = multiply_add(p, r, 5.590630695223808e-2f);
    p = multiply_add(p, r, 2.402409911155701e-1f);
    p = multiply_add(p, r, 6.931242346763611e-1f);
    p = multiply_add(p, r, 1.0f);
    return float_of((int)((uint32_t)bits_of(p) + ((uint32_t)bits_of(n) << 23)));
}

DEVICE float silu(float x) {
    return x / (1.0f + exp_(-x));
}
