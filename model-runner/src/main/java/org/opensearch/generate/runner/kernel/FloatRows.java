// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.List;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.RowCodes;
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
    public int superBlock() {
        return 0;
    }

    @Override
    public List<Byte> table() {
        return List.of();
    }

    @Override
    public RowCodes newRow() {
        return new RowCodes(row.length, GROUP, 0);
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
    public void decode(int rowIndex, RowCodes into) {
        floats.row(rowIndex, row);
        for (int from = 0, g = 0; from < row.length; from += GROUP, g++) {
            int to = Math.min(from + GROUP, row.length);
            into.scales()[g] = Quantizer.group(row, from, to, into.codes(), from);
        }
    }
}
