/* SPDX-License-Identifier: Apache-2.0 */
/* The factor of the RMS norm, shared by the norms. */
#ifndef GENERATE_RMS_H
#define GENERATE_RMS_H

#include "lanes.h"

/*
 * 1 / sqrt(mean of squares + epsilon). Sixteen partial sums; lanes beyond the row square zeros, and fma(0, 0, s) is s since no
 * partial sum is -0.
 */
INLINE float inverse_rms(const float *x, int64_t columns, float epsilon) {
    f32v sums[PARTS] = {0};
    for (int64_t k = 0; k < columns; k += 16) {
        for (int p = 0; p < PARTS; p++) {
            int64_t left = columns - k - p * LANES;
            if (left > 0) {
                f32v v = load_first(x + k + p * LANES, left);
                sums[p] = fma_(v, v, sums[p]);
            }
        }
    }
    return 1.0f / __builtin_sqrtf(fold16(sums) / (float)columns + epsilon);
}

#endif
