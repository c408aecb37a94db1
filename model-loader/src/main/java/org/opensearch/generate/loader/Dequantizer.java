// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.util.Objects;

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
        return tensor.type().isFloat() ? floats(tensor) : integers(tensor);
    }

    private static Dequantizer floats(Tensor tensor) {
        return (row, values) -> {
            long at = Objects.checkIndex(row, tensor.rows()) * tensor.rowBytes();
            for (int i = 0; i < tensor.columns(); i++) {
                values[i] = switch (tensor.type()) {
                    case F32 -> BlockBytes.f32(tensor.data(), at + 4L * i);
                    case F16 -> BlockBytes.f16(tensor.data(), at + 2L * i);
                    case BF16 -> BlockBytes.bf16(tensor.data(), at + 2L * i);
                    default -> throw new IllegalStateException(tensor.type() + " is no float");
                };
            }
        };
    }

    private static Dequantizer integers(Tensor tensor) {
        QuantizedRows rows = QuantizedRows.of(tensor);
        int group = rows.groupSize();
        byte[] codes = new byte[tensor.columns()];
        float[] scales = new float[tensor.columns() / group];
        float[] minima = new float[scales.length];
        return (row, values) -> {
            rows.decode(row, codes, scales, minima);
            for (int i = 0; i < codes.length; i++) {
                // Without minima they stay 0, and subtracting 0 changes no float: not even -0, since -0 - 0 is -0.
                values[i] = scales[i / group] * codes[i] - minima[i / group];
            }
        };
    }
}
