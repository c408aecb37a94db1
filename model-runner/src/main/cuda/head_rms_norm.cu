// SPDX-License-Identifier: Apache-2.0
// Kernels.headRmsNorm: a warp for each head of each row.
#include "rms.cuh"

struct HeadRmsNormArguments {
    float *x; // at the first head of the first row
    const float *weight;
    long rowColumns;
    int heads;
    int headDim;
    int tokens;
    float epsilon;
};

KERNEL(head_rms_norm, HeadRmsNormArguments) {
    long item = (long)blockIdx.x * warps() + warp();
    if (item >= (long)a.tokens * a.heads) {
        return;
    }
    float *x = a.x + item / a.heads * a.rowColumns + item % a.heads * a.headDim;
    float r = inverse_rms(x, a.headDim, a.epsilon);
    for (int k = lane(); k < a.headDim; k += WARP) {
        x[k] = (x[k] * r) * a.weight[k];
    }
}
