// SPDX-License-Identifier: Apache-2.0
// Kernels.embed: a block for each token.
#include "matrix.cuh"

struct EmbedArguments {
    Matrix table;
    const int *ids;
    float *out;
};

KERNEL(embed, EmbedArguments) {
    const Matrix &m = a.table;
    int id = a.ids[blockIdx.x];
    long block = id / BLOCK_ROWS;
    int row = id % BLOCK_ROWS;
    float *out = a.out + (long)blockIdx.x * m.columns;
    for (int k = (int)threadIdx.x; k < m.columns; k += (int)blockDim.x) {
        int code = (int)(four_codes(m, block, k / 4 * 4, row) >> (k % 4 * 8)) & 0xFF;
        int value = m.table == nullptr ? code - m.zero : m.table[code];
        float w = group_scale(m, m.scales, m.coarseScales, block, k / m.group, row) * (float)value;
        out[k] = m.minima == nullptr ? w : w - group_scale(m, m.minima, m.coarseMinima, block, k / m.group, row);
    }
}
