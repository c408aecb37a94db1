// SPDX-License-Identifier: Apache-2.0
// The factor of the RMS norm, shared by the norms.
#pragma once

#include "device.cuh"

// 1 / sqrt(mean of squares + epsilon) in every lane of the warp that calls. Sixteen lanes have a partial sum each.
DEVICE float inverse_rms(const float *x, int columns, float epsilon) {
    float sum = 0.0f;
    if (lane() < 16) {
        for (int k = lane(); k < columns; k += 16) {
            sum = multiply_add(x[k], x[k], sum);
        }
    }
    sum = __shfl_sync(ALL_LANES, fold(sum, 8), 0);
    return 1.0f / square_root(sum / (float)columns + epsilon);
}
