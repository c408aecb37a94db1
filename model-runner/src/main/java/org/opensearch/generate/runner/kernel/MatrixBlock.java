// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One block of 16 rows of a {@link PackedMatrix}, unpacked on the heap. */
final class MatrixBlock {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;

    private final PackedMatrix matrix;
    private final byte[] packed;
    final int paddedColumns;
    final int groups;
    /** {@code code - zero}, row after row. */
    final short[] codes;
    /** {@code [group][row]}. */
    final float[] scales;
    /** {@code [group][row]}; zero without minima. */
    final float[] minima;

    MatrixBlock(PackedMatrix matrix) {
        this.matrix = matrix;
        paddedColumns = matrix.paddedColumns();
        groups = matrix.groups();
        packed = new byte[matrix.blockBytes()];
        codes = new short[ROWS * paddedColumns];
        scales = new float[groups * ROWS];
        minima = new float[groups * ROWS];
    }

    void load(int block) {
        MemorySegment.copy(
                matrix.codes().memory(), ValueLayout.JAVA_BYTE, (long) block * packed.length, packed, 0, packed.length);
        if (matrix.bits() == 8) {
            unpackBytes();
        } else {
            unpackNibbles();
        }
        ScalarKernels.loadRow(matrix.scales(), block, scales);
        matrix.minima().ifPresent(source -> ScalarKernels.loadRow(source, block, minima));
    }

    private void unpackBytes() {
        int zero = matrix.zero();
        for (int i = 0; i < packed.length; i++) {
            int row = i / 4 % ROWS;
            int column = i / (4 * ROWS) * 4 + i % 4;
            codes[row * paddedColumns + column] = (short) ((packed[i] & 0xFF) - zero);
        }
    }

    private void unpackNibbles() {
        int zero = matrix.zero();
        for (int i = 0; i < packed.length; i++) {
            int row = i / 4 % ROWS;
            int column = i / (4 * ROWS) * 8 + i % 4;
            codes[row * paddedColumns + column] = (short) ((packed[i] & 0x0F) - zero);
            codes[row * paddedColumns + column + 4] = (short) (((packed[i] >> 4) & 0x0F) - zero);
        }
    }

    /** The row's weights as floats. */
    void dequantize(int row, float[] target) {
        for (int k = 0; k < target.length; k++) {
            int group = k / matrix.group() * ROWS + row;
            target[k] = scales[group] * codes[row * paddedColumns + k] - minima[group];
        }
    }
}
