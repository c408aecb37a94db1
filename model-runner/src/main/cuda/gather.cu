// SPDX-License-Identifier: Apache-2.0
// Kernels.gather: a block for each row.
#include "device.cuh"

struct GatherArguments {
    const float *source;
    const int *rows;
    float *out;
    int columns;
};

KERNEL(gather, GatherArguments) {
    long from = (long)a.rows[blockIdx.x] * a.columns;
    long to = (long)blockIdx.x * a.columns;
    for (int k = (int)threadIdx.x; k < a.columns; k += (int)blockDim.x) {
        a.out[to + k] = a.source[from + k];
    }
}
