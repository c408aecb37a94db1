// SPDX-License-Identifier: Apache-2.0
// Kernels.matmul for one matrix and few tokens: a block for two row blocks, a lane for each row. The warps take the activation
// groups in turn, since what a group adds does not depend on the others; then each token's groups are added up in order.
#include "matmul.cuh"

// At most: as many as there are activation groups, and no fewer than tokens.
constexpr int MOST_WARPS = 8;

// What an activation group adds to a row's output for T tokens, less the activation scale.
template <int T> DEVICE void group_products(const MatmulArguments &a, long block, int row, int group, float *inner) {
    const Matrix &m = a.weight;
    int begin = group * ACTIVATION_GROUP;
    int end = min(begin + ACTIVATION_GROUP, padded_columns(m.columns));
    bool hasMinima = m.minima != nullptr;
    for (int first = begin; first < end; first += m.group) {
        int last = min(first + m.group, end);
        int isum[T];
        for (int t = 0; t < T; t++) {
            isum[t] = 0;
        }
        for (int k = first; k < last; k += 4) {
            int w = (int)four_values(m, block, k, row);
            for (int t = 0; t < T; t++) {
                isum[t] = add_products(w, *(const int *)codes_of(a, t, k), isum[t]);
            }
        }
        int g = first / m.group;
        float scale = group_scale(m, m.scales, m.coarseScales, block, g, row);
        float minimum = hasMinima ? group_scale(m, m.minima, m.coarseMinima, block, g, row) : 0.0f;
        for (int t = 0; t < T; t++) {
            int sum = hasMinima ? sum_of(a, t, first, last) : 0;
            inner[t] = add_group(inner[t], isum[t], sum, scale, minimum, hasMinima);
        }
    }
}

template <int T> DEVICE void multiply(const MatmulArguments &a, float *parts) {
    long block = (long)blockIdx.x * 2 + lane() / BLOCK_ROWS;
    int row = lane() % BLOCK_ROWS;
    bool inside = block * BLOCK_ROWS + row < a.rows;
    int groups = ceil_div(a.weight.columns, ACTIVATION_GROUP);
    bool adds = warp() < T && warp() < a.tokens;
    float acc = 0.0f;
    for (int from = 0; from < groups; from += warps()) {
        if (from + warp() < groups) {
            float inner[T];
            for (int t = 0; t < T; t++) {
                inner[t] = 0.0f;
            }
            if (inside) {
                group_products<T>(a, block, row, from + warp(), inner);
            }
            for (int t = 0; t < T; t++) {
                parts[(warp() * T + t) * WARP + lane()] = inner[t];
            }
        }
        __syncthreads();
        if (adds) {
            const float *scales = a.scales + (long)warp() * groups + from;
            for (int g = 0; g < min(warps(), groups - from); g++) {
                acc = multiply_add(parts[(g * T + warp()) * WARP + lane()], scales[g], acc);
            }
        }
        __syncthreads();
    }
    if (adds && inside) {
        store(a, warp(), block * BLOCK_ROWS + row, acc);
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
