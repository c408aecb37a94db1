// SPDX-License-Identifier: Apache-2.0
// Kernels.matmul for one matrix: a block for two row blocks and some tokens, a lane for each row. The warps take the activation
// groups in turn, since what a group adds does not depend on the others; then each token's groups are added up in order.
#include "matrix.cuh"

// At most: as many as there are activation groups, and no fewer than tokens.
constexpr int MOST_WARPS = 8;

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

// What an activation group adds to a row's output for T tokens, less the activation scale.
template <int T> DEVICE void group_products(
        const MatmulArguments &a, long block, int row, long token, int group, float *inner) {
    const Matrix &m = a.weight;
    int padded = padded_columns(m.columns);
    int begin = group * ACTIVATION_GROUP;
    int end = min(begin + ACTIVATION_GROUP, padded);
    bool wantsSums = m.minima != nullptr || (m.bits == 4 && m.zero != 0);
    uint32_t flip = m.bits == 8 && m.zero != 0 ? 0x80808080u : 0;
    for (int first = begin; first < end; first += m.group) {
        int last = min(first + m.group, end);
        int isum[T];
        for (int t = 0; t < T; t++) {
            isum[t] = 0;
        }
        for (int k = first; k < last; k += 4) {
            uint32_t w = four_codes(m, block, k, row) ^ flip;
            if (m.table != nullptr) {
                w = four_values(m.table, w);
            }
            for (int t = 0; t < T; t++) {
                long at = min(token + t, (long)a.tokens - 1) * padded + k;
                isum[t] = add_products((int)w, *(const int *)(a.codes + at), isum[t]);
            }
        }
        int g = first / m.group;
        float scale = group_scale(m, m.scales, m.coarseScales, block, g, row);
        float minimum = m.minima == nullptr ? 0.0f : group_scale(m, m.minima, m.coarseMinima, block, g, row);
        for (int t = 0; t < T; t++) {
            int xsum = 0;
            if (wantsSums) {
                long at = min(token + t, (long)a.tokens - 1) * padded;
                for (int k = first; k < last; k += SUM_COLUMNS) {
                    xsum += a.sums[(at + k) / SUM_COLUMNS];
                }
            }
            int zero = m.bits == 4 ? m.zero : 0;
            inner[t] = multiply_add((float)(isum[t] - zero * xsum), scale, inner[t]);
            if (m.minima != nullptr) {
                inner[t] = multiply_add((float)xsum, -minimum, inner[t]);
            }
        }
    }
}

template <int T> DEVICE void multiply(const MatmulArguments &a, float *parts) {
    long block = (long)blockIdx.x * 2 + lane() / BLOCK_ROWS;
    int row = lane() % BLOCK_ROWS;
    bool inside = block * BLOCK_ROWS + row < a.rows;
    long token = (long)blockIdx.y * T;
    int groups = ceil_div(a.weight.columns, ACTIVATION_GROUP);
    bool adds = warp() < T && token + warp() < a.tokens;
    float acc = 0.0f;
    for (int from = 0; from < groups; from += warps()) {
        if (from + warp() < groups) {
            float inner[T];
            for (int t = 0; t < T; t++) {
                inner[t] = 0.0f;
            }
            if (inside) {
                group_products<T>(a, block, row, token, from + warp(), inner);
            }
            for (int t = 0; t < T; t++) {
                parts[(warp() * T + t) * WARP + lane()] = inner[t];
            }
        }
        __syncthreads();
        if (adds) {
            const float *scales = a.scales + (token + warp()) * groups + from;
            for (int g = 0; g < min(warps(), groups - from); g++) {
                acc = multiply_add(parts[(g * T + warp()) * WARP + lane()], scales[g], acc);
            }
        }
        __syncthreads();
    }
    if (adds && inside) {
        long at = block * BLOCK_ROWS + row;
        a.out[(token + warp()) * a.outColumns + at] = a.bias == nullptr ? acc : acc + a.bias[at];
    }
}

KERNEL(matmul_1, MatmulArguments) {
    SHARED(float, parts, MOST_WARPS *WARP);
    multiply<1>(a, parts);
}

KERNEL(matmul_8, MatmulArguments) {
    SHARED(float, parts, MOST_WARPS * 8 * WARP);
    multiply<8>(a, parts);
}
