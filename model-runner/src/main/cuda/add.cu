// SPDX-License-Identifier: Apache-2.0
// Kernels.add: a thread for each element.
#include "device.cuh"

struct AddArguments {
    float *x;
    const float *delta;
    long count;
};

KERNEL(add, AddArguments) {
    long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < a.count) {
        a.x[i] += a.delta[i];
    }
}
