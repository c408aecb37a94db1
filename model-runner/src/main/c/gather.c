/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kernels.h"

EXPORT void generate_gather(
    const float *source, const int32_t *rows, int64_t columns, int64_t begin, int64_t end, float *out) {
    for (int64_t i = begin; i < end; i++) {
        memcpy(out + i * columns, source + rows[i] * columns, (size_t)columns * sizeof(float));
    }
}
