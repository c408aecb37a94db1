// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * {@link Kernels#matmul} for one input. As in every implementation, lanes are outputs: the innermost loops run over the rows of
 * some neighbouring blocks, one sum each.
 */
final class ScalarMatmul {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;
    /** Blocks of a tile: enough for long loops, few enough for its codes to stay near. */
    private static final int TILE_BLOCKS = 16;

    private final int tokens;
    private final Buffer out;
    private final int paddedColumns;
    private final int activationGroups;
    private final byte[] codes;
    private final float[] scales;
    private final short[] sums;

    ScalarMatmul(Activations x, int tokens, Buffer out) {
        this.tokens = tokens;
        this.out = out;
        paddedColumns = Activations.paddedColumns(x.columns());
        activationGroups = Activations.groups(x.columns());
        codes = new byte[tokens * paddedColumns];
        MemorySegment.copy(x.codes().memory(), ValueLayout.JAVA_BYTE, 0, codes, 0, codes.length);
        scales = new float[tokens * activationGroups];
        MemorySegment.copy(x.scales().memory(), ValueLayout.JAVA_FLOAT, 0, scales, 0, scales.length);
        sums = new short[codes.length / Activations.SUM];
        MemorySegment.copy(x.sums().memory(), ValueLayout.JAVA_SHORT, 0, sums, 0, sums.length);
    }

    /** Outputs of blocks {@code from} to {@code to} of {@code matrix}, whose row 0 is column {@code firstColumn} of the output. */
    void multiply(PackedMatrix matrix, int from, int to, int firstColumn) {
        MatrixTile tile = new MatrixTile(matrix, TILE_BLOCKS);
        float[][] acc = new float[tokens][TILE_BLOCKS * ROWS];
        for (int block = from; block < to; block += TILE_BLOCKS) {
            int blocks = Math.min(TILE_BLOCKS, to - block);
            for (float[] row : acc) {
                Arrays.fill(row, 0f);
            }
            for (int group = 0; group < activationGroups; group++) {
                tile.load(block, block + blocks, group);
                for (int t = 0; t < tokens; t++) {
                    addGroup(matrix, tile, group, t, acc[t]);
                }
            }
            store(matrix, block, blocks, acc, firstColumn);
        }
    }

    /** {@code acc += inner * activationScale} for one token and activation group. */
    private void addGroup(PackedMatrix matrix, MatrixTile tile, int activationGroup, int t, float[] acc) {
        int group = matrix.group();
        int x = t * paddedColumns + activationGroup * Activations.GROUP;
        int[] isum = new int[tile.lanes];
        float[] inner = new float[tile.lanes];
        for (int first = 0; first < tile.columns; first += group) {
            int last = Math.min(first + group, tile.columns);
            Arrays.fill(isum, 0);
            for (int k = first; k < last; k += 4) {
                addProducts(tile.codes, k, x + k, isum);
            }
            addScaled(inner, isum, tile.scales[first / group]);
            if (matrix.minima().isPresent()) {
                addMinima(inner, xsum(x + first, x + last), tile.minima[first / group]);
            }
        }
        float scale = scales[t * activationGroups + activationGroup];
        for (int lane = 0; lane < inner.length; lane++) {
            acc[lane] = Math.fma(inner[lane], scale, acc[lane]);
        }
    }

    /** Adds the products of 4 columns to each lane's sum. */
    private void addProducts(int[][] w, int k, int x, int[] isum) {
        int[] w0 = w[k];
        int[] w1 = w[k + 1];
        int[] w2 = w[k + 2];
        int[] w3 = w[k + 3];
        int x0 = codes[x];
        int x1 = codes[x + 1];
        int x2 = codes[x + 2];
        int x3 = codes[x + 3];
        for (int lane = 0; lane < isum.length; lane++) {
            isum[lane] += w0[lane] * x0 + w1[lane] * x1 + w2[lane] * x2 + w3[lane] * x3;
        }
    }

    private static void addScaled(float[] inner, int[] isum, float[] scale) {
        for (int lane = 0; lane < inner.length; lane++) {
            inner[lane] = Math.fma((float) isum[lane], scale[lane], inner[lane]);
        }
    }

    private static void addMinima(float[] inner, float xsum, float[] minimum) {
        for (int lane = 0; lane < inner.length; lane++) {
            inner[lane] = Math.fma(xsum, -minimum[lane], inner[lane]);
        }
    }

    private int xsum(int from, int to) {
        int sum = 0;
        for (int i = from / Activations.SUM; i < to / Activations.SUM; i++) {
            sum += sums[i];
        }
        return sum;
    }

    private void store(PackedMatrix matrix, int block, int blocks, float[][] acc, int firstColumn) {
        int row = block * ROWS;
        int rows = Math.min(blocks * ROWS, matrix.rows() - row);
        for (int t = 0; t < tokens; t++) {
            float[] values = acc[t];
            matrix.bias().ifPresent(bias -> addBias(values, rows, bias, row));
            long at = (t * out.columns() + firstColumn + row) * Float.BYTES;
            MemorySegment.copy(values, 0, out.memory(), ValueLayout.JAVA_FLOAT, at, rows);
        }
    }

    private static void addBias(float[] values, int rows, Buffer bias, int row) {
        for (int i = 0; i < rows; i++) {
            values[i] += bias.memory().getAtIndex(ValueLayout.JAVA_FLOAT, row + i);
        }
    }
}
