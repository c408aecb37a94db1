// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.opensearch.generate.loader.Tensor;

/** Reads tensors of the float types. */
public final class TensorFloats {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorFloats() {}

    /** All elements of a vector. */
    public static float[] vector(Tensor tensor) {
        float[] values = new float[tensor.columns()];
        readRow(tensor, 0, values);
        return values;
    }

    /** Reads one row into the front of {@code target}. */
    public static void readRow(Tensor tensor, int row, float[] target) {
        MemorySegment data = tensor.data();
        long start = row * tensor.rowBytes();
        int columns = tensor.columns();
        switch (tensor.type()) {
            case F32 -> MemorySegment.copy(data, FLOAT, start, target, 0, columns);
            case F16 -> {
                for (int k = 0; k < columns; k++) {
                    target[k] = Float.float16ToFloat(data.get(SHORT, start + 2L * k));
                }
            }
            case BF16 -> {
                for (int k = 0; k < columns; k++) {
                    target[k] = FloatMath.fromBf16(data.get(SHORT, start + 2L * k));
                }
            }
            default ->
                throw new IllegalArgumentException(tensor.name() + " is " + tensor.type() + ", a float type is wanted");
        }
    }
}
