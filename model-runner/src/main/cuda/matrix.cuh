// SPDX-License-Identifier: Apache-2.0
// Reads a PackedMatrix: rows in blocks of 16, a lane a row.
#pragma once

#include "device.cuh"

struct Matrix {
    const uint8_t *codes;
    const int8_t *table;       // values of 4-bit codes, or null
    const void *scales;        // half precision, or 8-bit integers where there are coarse scales
    const float *coarseScales; // or null
    const void *minima;        // or null
    const float *coarseMinima; // or null
    int columns;
    int bits;
    int group;
    int zero;
};

// The scale, or the minimum, of a row and a group.
DEVICE float group_scale(const Matrix &m, const void *fine, const float *coarse, long block, int group, int row) {
    int padded = padded_columns(m.columns);
    long at = (block * ceil_div(padded, m.group) + group) * BLOCK_ROWS + row;
    if (coarse == nullptr) {
        return from_half(((const uint16_t *)fine)[at]);
    }
    long large = block * ceil_div(padded, SUPER_BLOCK) + (long)group * m.group / SUPER_BLOCK;
    return coarse[large * BLOCK_ROWS + row] * (float)((const int8_t *)fine)[at];
}

// Four codes of a row, from column k on, a multiple of 4: as unsigned bytes of a word.
DEVICE uint32_t four_codes(const Matrix &m, long block, int k, int row) {
    const uint32_t *words = (const uint32_t *)m.codes;
    int padded = padded_columns(m.columns);
    if (m.bits == 8) {
        return words[(block * (padded / 4) + k / 4) * BLOCK_ROWS + row];
    }
    uint32_t word = words[(block * (padded / 8) + k / 8) * BLOCK_ROWS + row];
    return (k / 4 % 2 == 0 ? word : word >> 4) & 0x0F0F0F0Fu;
}

// The values of four columns of a row, from column k on, a multiple of 4: as signed bytes of a word.
DEVICE uint32_t four_values(const Matrix &m, long block, int k, int row) {
    uint32_t codes = four_codes(m, block, k, row);
    if (m.table != nullptr) {
        uint32_t values = 0;
        for (int i = 0; i < 32; i += 8) {
            values |= (uint32_t)(uint8_t)m.table[(codes >> i) & 0x0F] << i;
        }
        return values;
    }
    if (m.zero == 0) {
        return codes;
    }
    // Less 128 by the sign bit alone; less 8 with 128 more first, so that nothing is carried from byte to byte.
    return (m.bits == 8 ? codes : codes + 0x78787878u) ^ 0x80808080u;
}
