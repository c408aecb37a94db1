// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyTensors;

class MatrixPackerTest {
    private static Tensor random(TensorType type, int rows, int columns) {
        byte[] data = TinyTensors.random(type, rows * columns, 0.5f, new Random(7));
        return TinyTensors.tensor("w", type, rows, columns, data);
    }

    private static Tensor floats(int rows, int columns, float... values) {
        return TinyTensors.tensor("w", TensorType.F32, rows, columns, TinyTensors.floats(TensorType.F32, values));
    }

    private static float[] row(Kernels kernels, PackedMatrix matrix, int row) {
        Buffer ids = kernels.allocate("ids", DataType.I32, 1, 1);
        kernels.upload(new int[] {row}, 1, ids);
        Buffer out = kernels.allocate("out", DataType.F32, 1, matrix.columns());
        kernels.embed(matrix, ids, 1, out);
        float[] values = new float[matrix.columns()];
        kernels.download(out, 0, values);
        return values;
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16"},
            mode = EnumSource.Mode.EXCLUDE)
    void quantisedTypesLoseNothing(TensorType type) {
        Tensor tensor = random(type, 37, 2 * Math.max(type.blockElements(), 160 / 32 * 32));
        try (Kernels kernels = new ScalarKernels(3, MemoryBudget.UNLIMITED)) {
            PackedMatrix matrix = kernels.pack(tensor, null);
            Dequantizer dequantizer = Dequantizer.of(tensor);
            float[] wanted = new float[tensor.columns()];
            for (int row = 0; row < tensor.rows(); row++) {
                dequantizer.row(row, wanted);
                assertArrayEquals(wanted, row(kernels, matrix, row), type + " row " + row);
            }
        }
    }

    @Test
    void codesTakeFourBitsWhereTheyFit() {
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            for (TensorType type : TensorType.values()) {
                int wanted =
                        switch (type) {
                            case Q4_0, Q4_1, Q2_K, Q3_K, Q4_K, IQ2_XXS, IQ4_NL, IQ4_XS -> 4;
                            default -> 8;
                        };
                assertEquals(wanted, kernels.pack(random(type, 1, 256), null).bits(), type.toString());
            }
        }
    }

    @Test
    void floatsGetAScaleForEach32Columns() {
        float[] values = new float[40];
        values[0] = 127;
        values[1] = -63.5f;
        values[2] = 64.5f;
        values[31] = -127;
        values[32] = -2.54f;
        values[39] = 1.27f;
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            PackedMatrix matrix = kernels.pack(floats(1, 40, values), null);
            assertEquals(8, matrix.bits());
            assertEquals(128, matrix.zero());
            assertEquals(64, matrix.paddedColumns());
            assertEquals(2, matrix.groups());
            assertEquals(1f, scale(matrix, 0, 0));
            assertEquals(Float.float16ToFloat(Float.floatToFloat16(2.54f / 127)), scale(matrix, 0, 1));
            assertEquals(127, code(matrix, 0, 0));
            assertEquals(-64, code(matrix, 0, 1), "half to even");
            assertEquals(64, code(matrix, 0, 2), "half to even");
            assertEquals(-127, code(matrix, 0, 31));
            assertEquals(-127, code(matrix, 0, 32));
            assertEquals(64, code(matrix, 0, 39));
            assertEquals(0, code(matrix, 0, 63), "padding");
            assertEquals(0, code(matrix, 5, 0), "padding");
            assertEquals(0f, scale(matrix, 5, 0), "padding");
        }
    }

    @Test
    void tinyNumbersAreZero() {
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            PackedMatrix matrix = kernels.pack(floats(1, 2, Float.MIN_VALUE, -1e-38f), null);
            assertEquals(0f, scale(matrix, 0, 0));
            assertEquals(0, code(matrix, 0, 1));
        }
    }

    @Test
    void aBiasThatDoesNotFitIsRefused() {
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            assertThrows(IllegalArgumentException.class, () -> kernels.pack(floats(2, 1, 1, 2), floats(1, 3, 1, 2, 3)));
            assertEquals(0, kernels.allocatedBytes());
        }
    }

    @Test
    void nothingStaysWhenAPartIsRefused() {
        Tensor weight = random(TensorType.Q4_1, 20, 64);
        for (int refused = 1; refused <= 4; refused++) {
            CountingBudget budget = new CountingBudget(refused);
            try (Kernels kernels = new ScalarKernels(2, budget)) {
                assertThrows(
                        CountingBudget.RefusedException.class,
                        () -> kernels.pack(weight, floats(1, 20, new float[20])));
                assertEquals(0, kernels.allocatedBytes());
                assertEquals(0, budget.reserved());
            }
        }
    }

    /** By the formula of {@link PackedMatrix}, for 8 bits. */
    private static int code(PackedMatrix matrix, int row, int column) {
        long at = ((long) row / 16 * (matrix.paddedColumns() / 4) + column / 4) * 64 + row % 16 * 4L + column % 4;
        return (matrix.codes().memory().get(ValueLayout.JAVA_BYTE, at) & 0xFF) - matrix.zero();
    }

    private static float scale(PackedMatrix matrix, int row, int group) {
        long at = ((long) row / 16 * matrix.groups() + group) * 16 + row % 16;
        return Float.float16ToFloat(matrix.scales().small().memory().getAtIndex(ValueLayout.JAVA_SHORT, at));
    }
}
