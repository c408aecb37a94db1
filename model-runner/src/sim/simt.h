// SPDX-License-Identifier: Apache-2.0
// The host's stand-in for what a card's compiler gives to a kernel: blocks of threads with shared memory, barriers, and warps
// that exchange values. Each thread of a block is a fiber; a block runs on one host thread. Barriers and exchanges that not all
// threads reach, at the same line, are errors, as is writing beside shared memory, which begins as NaN.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#define DEVICE static inline
#define DEVICE_METHOD inline
#define KERNEL(name, Arguments)                                                                                        \
    static void name##_body(const Arguments &a);                                                                       \
    static const simt::Registration name##_registration(                                                               \
            #name, sizeof(Arguments), [](const void *a) { name##_body(*(const Arguments *)a); });                      \
    static void name##_body(const Arguments &a)
#define SHARED(type, name, count) type *name = (type *)simt::shared(__LINE__, sizeof(type) * (count))

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define WITH_ADDRESS_SANITIZER 1
#else
#define WITH_ADDRESS_SANITIZER 0
#endif

namespace simt {

// With the address sanitizer: from now on nobody may read or write these bytes, or all may again.
inline void forbid([[maybe_unused]] const void *from, [[maybe_unused]] size_t bytes) {
#if WITH_ADDRESS_SANITIZER
    __asan_poison_memory_region(from, bytes);
#endif
}

inline void allow([[maybe_unused]] const void *from, [[maybe_unused]] size_t bytes) {
#if WITH_ADDRESS_SANITIZER
    __asan_unpoison_memory_region(from, bytes);
#endif
}

struct Index {
    unsigned x, y, z;
};

using Body = void (*)(const void *arguments);

// Makes a kernel known by its name, before anything runs.
struct Registration {
    Registration(const char *name, size_t argumentBytes, Body body);
};

// A kernel that was registered, or null.
struct Kernel {
    size_t argumentBytes;
    Body body;
};
const Kernel *find(const char *name);

// Runs all blocks; returns null, or what was wrong.
const char *run(const Kernel &kernel, Index grid, Index block, const void *arguments);

// Of the thread that runs.
extern thread_local Index threadIndex, blockIndex, blockSize, gridSize;

void *shared(int line, size_t bytes);
void sync_block(const char *file, int line);
void sync_warp(const char *file, int line);
// device.cuh's add_tile_products
void add_tile_products(int *c, const uint32_t *a, const uint32_t *b, const char *file, int line);
// Gives `bits` to the warp; returns what lane `from` of the warp gave.
uint32_t exchange(uint32_t bits, int from, const char *file, int line);
int lane();

template <typename T> T exchange(T value, int from, const char *file, int line) {
    static_assert(sizeof(T) == 4, "four bytes");
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = exchange(bits, from, file, line);
    memcpy(&value, &bits, sizeof bits);
    return value;
}

inline int nearest(float value) {
    if (value != value) {
        return 0;
    }
    if (value >= 0x1p31f || value <= -0x1p31f) {
        return value > 0 ? INT32_MAX : INT32_MIN;
    }
    return (int)rintf(value);
}

inline int add_products(int a, int b, int c) {
    int8_t x[4], y[4];
    memcpy(x, &a, sizeof x);
    memcpy(y, &b, sizeof y);
    return c + x[0] * y[0] + x[1] * y[1] + x[2] * y[2] + x[3] * y[3];
}

} // namespace simt

#define threadIdx simt::threadIndex
#define blockIdx simt::blockIndex
#define blockDim simt::blockSize
#define gridDim simt::gridSize
#define __syncthreads() simt::sync_block(__FILE__, __LINE__)
#define __syncwarp() simt::sync_warp(__FILE__, __LINE__)
#define __shfl_sync(lanes, value, from) simt::exchange(value, from, __FILE__, __LINE__)
#define __shfl_xor_sync(lanes, value, apart) simt::exchange(value, simt::lane() ^ (apart), __FILE__, __LINE__)
#define __shfl_down_sync(lanes, value, apart)                                                                          \
    simt::exchange(value, simt::lane() + (apart) < 32 ? simt::lane() + (apart) : simt::lane(), __FILE__, __LINE__)

template <typename T> static inline T min(T a, T b) {
    return a < b ? a : b;
}

template <typename T> static inline T max(T a, T b) {
    return a > b ? a : b;
}
