// SPDX-License-Identifier: Apache-2.0
// Kernels.quantize: a block for each row.
#include "quantize.cuh"

struct QuantizeArguments {
    const float *x;
    Activations out;
};

KERNEL(quantize, QuantizeArguments) {
    const float *x = a.x + (long)blockIdx.x * a.out.columns;
    quantize_row([=](int k) { return x[k]; }, (long)blockIdx.x, a.out);
}
