// SPDX-License-Identifier: Apache-2.0
// Kernels that do what none may, to test that simulated cards notice.
#include "device.cuh"

struct FaultyArguments {
    int *memory;
    int where;
};

// Only some threads reach the barrier.
KERNEL(faulty_barrier, FaultyArguments) {
    if ((int)threadIdx.x < a.where) {
        __syncthreads();
    }
}

// The lanes of a warp exchange values at two places.
KERNEL(faulty_exchange, FaultyArguments) {
    int value = lane();
    if (lane() < a.where) {
        value = __shfl_xor_sync(ALL_LANES, value, 1);
    } else {
        value = __shfl_xor_sync(ALL_LANES, value, 2);
    }
    a.memory[0] = value;
}

KERNEL(faulty_shared, FaultyArguments) {
    SHARED(int, shared, 32);
    shared[a.where] = 1;
}

KERNEL(faulty_memory, FaultyArguments) {
    if (threadIdx.x == 0) {
        a.memory[a.where] = 1;
    }
}

// Shared memory is not cleared: its sum is no number.
KERNEL(faulty_uncleared, FaultyArguments) {
    SHARED(float, shared, 1);
    a.memory[0] = shared[a.where] == shared[a.where];
}
