// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A part of a {@link PackedMatrix} unpacked on the heap: the columns of one activation group of some neighbouring row blocks.
 * Lanes are rows, counted from the first block.
 */
final class MatrixTile {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;
    private static final int QUAD = 4;

    private final PackedMatrix matrix;
    private final byte[] packed;
    /** Row blocks of the tile. */
    int blocks;
    /** Columns of the tile, padding included. */
    int columns;
    /** Rows of the tile, padding included. */
    int lanes;
    /** Value of each 8-bit or 4-bit code. */
    private final int[] values;
    /** {@code [column][lane]}. */
    final int[][] codes;
    /** {@code [group][lane]}. */
    final float[][] scales;
    /** {@code [group][lane]}; 0 without minima. */
    final float[][] minima;

    /** Scratch for up to {@code maxBlocks} blocks. */
    MatrixTile(PackedMatrix matrix, int maxBlocks) {
        this.matrix = matrix;
        values = new int[1 << matrix.bits()];
        for (int code = 0; code < values.length; code++) {
            values[code] = matrix.value(code);
        }
        packed = new byte[Activations.GROUP * ROWS];
        codes = new int[Activations.GROUP][maxBlocks * ROWS];
        scales = new float[Activations.GROUP / matrix.group()][maxBlocks * ROWS];
        minima = new float[Activations.GROUP / matrix.group()][maxBlocks * ROWS];
    }

    /** Unpacks columns from {@code activationGroup * GROUP} on, of blocks {@code from} to {@code to}. */
    void load(int from, int to, int activationGroup) {
        int firstColumn = activationGroup * Activations.GROUP;
        blocks = to - from;
        lanes = blocks * ROWS;
        columns = Math.min(Activations.GROUP, matrix.paddedColumns() - firstColumn);
        int bytes = columns * ROWS * matrix.bits() / 8;
        int firstGroup = firstColumn / matrix.group();
        int groups = Math.ceilDiv(columns, matrix.group());
        for (int b = 0; b < blocks; b++) {
            long block = (long) from + b;
            long start = block * matrix.blockBytes() + (long) firstColumn * ROWS * matrix.bits() / 8;
            MemorySegment.copy(matrix.codes().memory(), ValueLayout.JAVA_BYTE, start, packed, 0, bytes);
            if (matrix.bits() == 8) {
                unpackBytes(b * ROWS);
            } else {
                unpackNibbles(b * ROWS);
            }
            for (int g = 0; g < groups; g++) {
                int group = g;
                int lane = b * ROWS;
                matrix.scales().copy(matrix, block, firstGroup + g, scales[g], lane);
                matrix.minima().ifPresent(m -> m.copy(matrix, block, firstGroup + group, minima[group], lane));
            }
        }
    }

    private void unpackBytes(int firstLane) {
        for (int k = 0; k < columns; k += QUAD) {
            for (int row = 0; row < ROWS; row++) {
                int at = k * ROWS + row * QUAD;
                for (int j = 0; j < QUAD; j++) {
                    codes[k + j][firstLane + row] = values[packed[at + j] & 0xFF];
                }
            }
        }
    }

    private void unpackNibbles(int firstLane) {
        for (int k = 0; k < columns; k += 2 * QUAD) {
            for (int row = 0; row < ROWS; row++) {
                int at = k / 2 * ROWS + row * QUAD;
                for (int j = 0; j < QUAD; j++) {
                    codes[k + j][firstLane + row] = values[packed[at + j] & 0x0F];
                    codes[k + j + QUAD][firstLane + row] = values[(packed[at + j] >> 4) & 0x0F];
                }
            }
        }
    }
}
