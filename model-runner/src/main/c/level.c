/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* syscall */
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

/* Whether there are tiles of 8-bit integers, and the system lets this process use them. */
static int has_tiles(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18, TILE_BIT = 1 << 24, INT8_BIT = 1 << 25 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & TILE_BIT) || !(d & INT8_BIT)) {
        return 0;
    }
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
#elif defined(__x86_64__)
static int has_tiles(void) {
    return 0;
}
#endif

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

/* Bits of the kernel's answer, arch/arm64/include/uapi/asm/hwcap.h: older system headers lack the names. */
enum { ASIMD_DOT_PRODUCT = 1 << 20, INT8_MATRIX_MULTIPLY = 1 << 13 };
#endif

/* The compiler's run-time support also asks whether the system saves the wide registers; on Arm the system says what to use. */
EXPORT int64_t generate_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c")) {
        return 0;
    }
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")
        || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vnni")) {
        return 1;
    }
    return has_tiles() ? 3 : 2;
#elif defined(__aarch64__) && defined(__linux__)
    if (!(getauxval(AT_HWCAP) & ASIMD_DOT_PRODUCT)) {
        return 0;
    }
    return getauxval(AT_HWCAP2) & INT8_MATRIX_MULTIPLY ? 2 : 1;
#else
    return 0;
#endif
}
