// SPDX-License-Identifier: Apache-2.0
// Kernels.rope: a thread for each pair of elements.
#include "device.cuh"

struct RopeArguments {
    float *x; // at the first head of the first row
    const float *cosSin;
    const int *positions;
    long rowColumns;
    int heads;
    int headDim;
    int dims;
    int interleaved;
    int tokens;
};

KERNEL(rope, RopeArguments) {
    int half = a.dims / 2;
    long item = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (item >= (long)a.tokens * a.heads * half) {
        return;
    }
    int i = (int)(item % half);
    int head = (int)(item / half % a.heads);
    long t = item / half / a.heads;
    const float *cosSin = a.cosSin + (long)a.positions[t] * a.dims;
    float cos = cosSin[i];
    float sin = cosSin[half + i];
    float *first = a.x + t * a.rowColumns + head * a.headDim + (a.interleaved ? 2 * i : i);
    float *second = first + (a.interleaved ? 1 : half);
    float p = *first;
    float q = *second;
    *first = multiply_add(p, cos, -(q * sin));
    *second = multiply_add(p, sin, q * cos);
}
