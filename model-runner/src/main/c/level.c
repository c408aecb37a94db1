/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

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
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
                    && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
               ? 2
               : 1;
#elif defined(__aarch64__) && defined(__linux__)
    if (!(getauxval(AT_HWCAP) & ASIMD_DOT_PRODUCT)) {
        return 0;
    }
    return getauxval(AT_HWCAP2) & INT8_MATRIX_MULTIPLY ? 2 : 1;
#else
    return 0;
#endif
}
