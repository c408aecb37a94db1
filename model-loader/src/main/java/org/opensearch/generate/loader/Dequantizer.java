// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

/** A tensor's rows as floats, of whatever type it is. Not thread-safe: one for each thread. */
@FunctionalInterface
public interface Dequantizer {
    /**
     * Dequantises one row.
     *
     * @param row row index
     * @param values receives {@code columns} values
     */
    void row(int row, float[] values);

    /** The rows of a tensor of any type. */
    static Dequantizer of(Tensor tensor) {
        return switch (tensor.type()) {
            case F32 -> (row, values) -> f32(tensor, row, values);
            case F16 -> (row, values) -> f16(tensor, row, values);
            case BF16 -> (row, values) -> bf16(tensor, row, values);
            default -> integers(tensor);
        };
    }

    private static void f32(Tensor tensor, int row, float[] values) {
        long at = tensor.rowOffset(row);
        for (int i = 0; i < tensor.columns(); i++) {
            values[i] = BlockBytes.f32(tensor.data(), at + 4L * i);
        }
    }

    private static void f16(Tensor tensor, int row, float[] values) {
        long at = tensor.rowOffset(row);
        for (int i = 0; i < tensor.columns(); i++) {
            values[i] = BlockBytes.f16(tensor.data(), at + 2L * i);
        }
    }

    private static void bf16(Tensor tensor, int row, float[] values) {
        long at = tensor.rowOffset(row);
        for (int i = 0; i < tensor.columns(); i++) {
            values[i] = BlockBytes.bf16(tensor.data(), at + 2L * i);
        }
    }

    private static Dequantizer integers(Tensor tensor) {
        QuantizedRows rows = QuantizedRows.of(tensor);
        int size = rows.groupSize();
        RowCodes decoded = rows.newRow();
        byte[] codes = decoded.codes();
        return (row, values) -> {
            rows.decode(row, decoded);
            for (int group = 0; group < codes.length / size; group++) {
                float scale = decoded.scale(group);
                // Without minima they stay 0, and subtracting 0 changes no float: not even -0, since -0 - 0 is -0.
                float minimum = decoded.minimum(group);
                for (int i = group * size; i < (group + 1) * size; i++) {
                    values[i] = scale * codes[i] - minimum;
                }
            }
        };
    }
}
