// SPDX-License-Identifier: Apache-2.0
// Kernels.rmsNorm and addRmsNorm: a block for each row.
#include "quantize.cuh"
#include "rms.cuh"

struct RmsNormArguments {
    float *x;
    const float *delta; // or null
    const float *weight;
    Activations out;
    float epsilon;
};

KERNEL(rms_norm, RmsNormArguments) {
    SHARED(float, factor, 1);
    int columns = a.out.columns;
    float *x = a.x + (long)blockIdx.x * columns;
    if (a.delta != nullptr) {
        const float *delta = a.delta + (long)blockIdx.x * columns;
        for (int k = (int)threadIdx.x; k < columns; k += (int)blockDim.x) {
            x[k] += delta[k];
        }
    }
    __syncthreads();
    if (warp() == 0) {
        float r = inverse_rms(x, columns, a.epsilon);
        if (lane() == 0) {
            factor[0] = r;
        }
    }
    __syncthreads();
    float r = factor[0];
    const float *weight = a.weight;
    quantize_row([=](int k) { return (x[k] * r) * weight[k]; }, (long)blockIdx.x, a.out);
}
