// SPDX-License-Identifier: Apache-2.0
// What the kernels of Kernels.matmul take and share.
#pragma once

#include "matrix.cuh"

struct MatmulArguments {
    Matrix weight;
    const float *bias; // or null
    const int8_t *codes;
    const float *scales;
    const int16_t *sums;
    float *out; // at the matrix's first column
    long outColumns;
    int rows;
    int tokens;
};

// The codes of a token from column k on; those beyond the last token are the last one's.
DEVICE const int8_t *codes_of(const MatmulArguments &a, int token, int k) {
    return a.codes + (long)min(token, a.tokens - 1) * padded_columns(a.weight.columns) + k;
}

// The sum of a token's codes from column first to last.
DEVICE int sum_of(const MatmulArguments &a, int token, int first, int last) {
    long row = (long)min(token, a.tokens - 1) * padded_columns(a.weight.columns);
    int sum = 0;
    for (int k = first; k < last; k += SUM_COLUMNS) {
        sum += a.sums[(row + k) / SUM_COLUMNS];
    }
    return sum;
}

// What a weight group adds to what its activation group does.
DEVICE float add_group(float inner, int product, int sum, float scale, float minimum, bool hasMinima) {
    inner = multiply_add((float)product, scale, inner);
    return hasMinima ? multiply_add((float)sum, -minimum, inner) : inner;
}

DEVICE void store(const MatmulArguments &a, long token, long row, float acc) {
    a.out[token * a.outColumns + row] = a.bias == nullptr ? acc : acc + a.bias[row];
}
