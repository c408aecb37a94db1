/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"

EXPORT void generate_add(float *x, const float *delta, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        x[i] += delta[i];
    }
}
