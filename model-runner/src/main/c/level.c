/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

/* The compiler's run-time support also asks whether the system saves the wide registers. */
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
#else
    return 0;
#endif
}
