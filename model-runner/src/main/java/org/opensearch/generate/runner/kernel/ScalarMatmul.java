// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link Kernels#matmul} for one input: holds the activations on the heap and multiplies row blocks, each unpacked once. */
final class ScalarMatmul {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;

    private final int tokens;
    private final Buffer out;
    private final int paddedColumns;
    private final int activationGroups;
    private final short[] codes;
    private final float[] scales;
    private final short[] sums;

    ScalarMatmul(Activations x, int tokens, Buffer out) {
        this.tokens = tokens;
        this.out = out;
        paddedColumns = Activations.paddedColumns(x.columns());
        activationGroups = Activations.groups(x.columns());
        byte[] bytes = new byte[tokens * paddedColumns];
        MemorySegment.copy(x.codes().memory(), ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
        codes = new short[bytes.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = bytes[i];
        }
        scales = new float[tokens * activationGroups];
        MemorySegment.copy(x.scales().memory(), ValueLayout.JAVA_FLOAT, 0, scales, 0, scales.length);
        sums = new short[bytes.length / Activations.SUM];
        MemorySegment.copy(x.sums().memory(), ValueLayout.JAVA_SHORT, 0, sums, 0, sums.length);
    }

    /** Outputs of blocks {@code from} to {@code to} of {@code matrix}, whose row 0 is column {@code firstColumn} of the output. */
    void multiply(PackedMatrix matrix, int from, int to, int firstColumn) {
        MatrixBlock block = new MatrixBlock(matrix);
        float[] result = new float[ROWS];
        for (int b = from; b < to; b++) {
            block.load(b);
            int rows = Math.min(ROWS, matrix.rows() - b * ROWS);
            for (int t = 0; t < tokens; t++) {
                for (int row = 0; row < rows; row++) {
                    result[row] = element(matrix, block, row, t);
                }
                int column = b * ROWS;
                matrix.bias().ifPresent(bias -> addBias(result, rows, bias, column));
                long at = (t * out.columns() + firstColumn + column) * Float.BYTES;
                MemorySegment.copy(result, 0, out.memory(), ValueLayout.JAVA_FLOAT, at, rows);
            }
        }
    }

    private float element(PackedMatrix matrix, MatrixBlock block, int row, int t) {
        int group = matrix.group();
        int perActivationGroup = Activations.GROUP / group;
        boolean minimum = matrix.minima().isPresent();
        float acc = 0f;
        for (int ag = 0; ag < activationGroups; ag++) {
            float inner = 0f;
            int end = Math.min((ag + 1) * perActivationGroup, block.groups);
            for (int g = ag * perActivationGroup; g < end; g++) {
                int first = g * group;
                int last = Math.min(first + group, paddedColumns);
                int isum =
                        dot(block.codes, row * paddedColumns + first, codes, t * paddedColumns + first, last - first);
                inner = Math.fma((float) isum, block.scales[g * ROWS + row], inner);
                if (minimum) {
                    inner = Math.fma((float) sum(t, first, last), -block.minima[g * ROWS + row], inner);
                }
            }
            acc = Math.fma(inner, scales[t * activationGroups + ag], acc);
        }
        return acc;
    }

    private static int dot(short[] a, int aFrom, short[] b, int bFrom, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[aFrom + i] * b[bFrom + i];
        }
        return sum;
    }

    private int sum(int t, int first, int last) {
        int row = t * paddedColumns / Activations.SUM;
        int sum = 0;
        for (int i = first / Activations.SUM; i < last / Activations.SUM; i++) {
            sum += sums[row + i];
        }
        return sum;
    }

    private static void addBias(float[] result, int rows, Buffer bias, int column) {
        for (int row = 0; row < rows; row++) {
            result[row] += bias.memory().getAtIndex(ValueLayout.JAVA_FLOAT, column + row);
        }
    }
}
