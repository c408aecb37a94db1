// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.Tensor;

/** A float tensor as 8-bit codes with a scale for each 32 columns, by the rule of {@link Kernels#pack}. */
final class FloatRows implements QuantizedRows {
    private static final int GROUP = 32;

    private final Dequantizer floats;
    private final float[] row;

    /** Not thread-safe: has one row of scratch. */
    FloatRows(Tensor tensor) {
        this.floats = Dequantizer.of(tensor);
        this.row = new float[tensor.columns()];
    }

    @Override
    public int groupSize() {
        return GROUP;
    }

    @Override
    public boolean hasMinimum() {
        return false;
    }

    @Override
    public int smallestCode() {
        return -127;
    }

    @Override
    public int largestCode() {
        return 127;
    }

    @Override
    public void decode(int rowIndex, byte[] codes, float[] scales, float[] minima) {
        floats.row(rowIndex, row);
        for (int from = 0, g = 0; from < row.length; from += GROUP, g++) {
            scales[g] = Quantizer.group(row, from, Math.min(from + GROUP, row.length), codes, from);
        }
    }
}
