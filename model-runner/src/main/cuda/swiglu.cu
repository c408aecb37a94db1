// SPDX-License-Identifier: Apache-2.0
// Kernels.swiglu: a block for each row.
#include "quantize.cuh"

struct SwigluArguments {
    const float *gateAndUp;
    Activations out;
};

KERNEL(swiglu, SwigluArguments) {
    int columns = a.out.columns;
    const float *gate = a.gateAndUp + (long)blockIdx.x * 2 * columns;
    const float *up = gate + columns;
    quantize_row([=](int k) { return silu(gate[k]) * up[k]; }, (long)blockIdx.x, a.out);
}
