// SPDX-License-Identifier: Apache-2.0
// Kernels.matmul for one matrix and many tokens, by products of tiles: a warp for 16 rows and 32 tokens. Integer sums have no
// order; the groups of an output are added up in order by the lane that has it.
#include "matmul.cuh"

constexpr int TILE_TOKENS = 8;
constexpr int TILES = 4;

// This lane's 4 outputs of a tile: rows are lane() / 4 and 8 more, tokens lane() % 4 * 2 and the next.
struct Outputs {
    int products[4];
    float inner[4];
    float acc[4];
};

// 16 rows of weights, columns k to k + 31, or k + 15 and zeros.
DEVICE void load_weights(const Matrix &m, long block, int k, bool half, uint32_t (&tile)[4]) {
    int row = lane() / 4;
    int column = k + lane() % 4 * 4;
    tile[0] = four_values(m, block, column, row);
    tile[1] = four_values(m, block, column, row + 8);
    tile[2] = half ? 0 : four_values(m, block, column + 16, row);
    tile[3] = half ? 0 : four_values(m, block, column + 16, row + 8);
}

// The integer products of a weight group with the tokens of all tiles.
DEVICE void multiply_group(
        const MatmulArguments &a, long block, int token, int tiles, int first, int last, Outputs (&out)[TILES]) {
    for (int i = 0; i < TILES; i++) {
        for (int c = 0; c < 4; c++) {
            out[i].products[c] = 0;
        }
    }
    for (int k = first; k < last; k += 32) {
        bool half = last - k == 16;
        uint32_t weights[4];
        load_weights(a.weight, block, k, half, weights);
        for (int i = 0; i < TILES; i++) {
            if (i < tiles) {
                const int8_t *codes = codes_of(a, token + i * TILE_TOKENS + lane() / 4, k + lane() % 4 * 4);
                uint32_t x[2] = {*(const uint32_t *)codes, half ? 0 : *(const uint32_t *)(codes + 16)};
                add_tile_products(out[i].products, weights, x);
            }
        }
    }
}

KERNEL(matmul_tiles, MatmulArguments) {
    const Matrix &m = a.weight;
    long block = (long)blockIdx.x * warps() + warp();
    if (block * BLOCK_ROWS >= a.rows) {
        return;
    }
    int token = (int)blockIdx.y * TILES * TILE_TOKENS;
    int tiles = ceil_div(min(a.tokens - token, TILES * TILE_TOKENS), TILE_TOKENS);
    int padded = padded_columns(m.columns);
    int groups = ceil_div(m.columns, ACTIVATION_GROUP);
    bool hasMinima = m.minima != nullptr;
    Outputs out[TILES];
    for (int i = 0; i < TILES; i++) {
        for (int c = 0; c < 4; c++) {
            out[i].acc[c] = 0.0f;
        }
    }
    for (int group = 0; group < groups; group++) {
        int begin = group * ACTIVATION_GROUP;
        int end = min(begin + ACTIVATION_GROUP, padded);
        for (int i = 0; i < TILES; i++) {
            for (int c = 0; c < 4; c++) {
                out[i].inner[c] = 0.0f;
            }
        }
        for (int first = begin; first < end; first += m.group) {
            int last = min(first + m.group, end);
            multiply_group(a, block, token, tiles, first, last, out);
            float scales[2];
            float minima[2];
            for (int r = 0; r < 2; r++) {
                int row = lane() / 4 + 8 * r;
                int g = first / m.group;
                scales[r] = group_scale(m, m.scales, m.coarseScales, block, g, row);
                minima[r] = hasMinima ? group_scale(m, m.minima, m.coarseMinima, block, g, row) : 0.0f;
            }
            for (int i = 0; i < TILES; i++) {
                for (int n = 0; n < 2; n++) {
                    int t = token + i * TILE_TOKENS + lane() % 4 * 2 + n;
                    int sum = hasMinima ? sum_of(a, t, first, last) : 0;
                    for (int r = 0; r < 2; r++) {
                        int c = 2 * r + n;
                        out[i].inner[c] = add_group(
                                out[i].inner[c], out[i].products[c], sum, scales[r], minima[r], hasMinima);
                    }
                }
            }
        }
        for (int i = 0; i < TILES; i++) {
            for (int c = 0; c < 4; c++) {
                int t = min(token + i * TILE_TOKENS + lane() % 4 * 2 + c % 2, a.tokens - 1);
                out[i].acc[c] = multiply_add(out[i].inner[c], a.scales[(long)t * groups + group], out[i].acc[c]);
            }
        }
    }
    for (int i = 0; i < TILES; i++) {
        for (int c = 0; c < 4; c++) {
            int t = token + i * TILE_TOKENS + lane() % 4 * 2 + c % 2;
            long row = block * BLOCK_ROWS + lane() / 4 + c / 2 * 8;
            if (t < a.tokens && row < a.rows) {
                store(a, t, row, out[i].acc[c]);
            }
        }
    }
}
