// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.RowCodes;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyTensors;

/** The product, written once more from the words of {@link Kernels#matmul}, on the codes of the file instead of packed ones. */
class MatmulDefinitionTest {
    private static final int TOKENS = 3;
    private static final int ROWS = 50;
    private static final int COLUMNS = 768;

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"F32", "F16", "BF16"},
            mode = EnumSource.Mode.EXCLUDE)
    void productsAreThoseOfTheDefinition(TensorType type) {
        Random random = new Random(11);
        Tensor weight =
                TinyTensors.tensor("w", type, ROWS, COLUMNS, TinyTensors.random(type, ROWS * COLUMNS, 0.3f, random));
        float[] bias = TinyTensors.random(ROWS, 1f, random);
        float[] input = TinyTensors.random(TOKENS * COLUMNS, 2f, random);
        try (Kernels kernels = new ScalarKernels(2, MemoryBudget.UNLIMITED)) {
            Buffer values = kernels.allocate("x", DataType.F32, TOKENS, COLUMNS);
            kernels.upload(input, input.length, values);
            Activations x = kernels.allocateActivations("x", TOKENS, COLUMNS);
            kernels.quantize(values, TOKENS, x);
            PackedMatrix matrix = kernels.pack(
                    weight, TinyTensors.tensor("b", TensorType.F32, 1, ROWS, TinyTensors.floats(TensorType.F32, bias)));
            Buffer out = kernels.allocate("out", DataType.F32, TOKENS, ROWS);
            kernels.matmul(List.of(matrix), x, TOKENS, out);
            for (int t = 0; t < TOKENS; t++) {
                for (int row = 0; row < ROWS; row++) {
                    float wanted = product(weight, row, x, t) + bias[row];
                    float found = out.memory().getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * ROWS + row);
                    assertEquals(wanted, found, type + " row " + row + " token " + t);
                }
            }
        }
    }

    private static float product(Tensor weight, int row, Activations x, int t) {
        QuantizedRows rows = QuantizedRows.of(weight);
        RowCodes decoded = rows.newRow();
        rows.decode(row, decoded);
        float acc = 0;
        for (int group = 0; group < COLUMNS / Activations.GROUP; group++) {
            float inner = 0;
            int from = group * Activations.GROUP;
            for (int w = from / rows.groupSize(); w < (from + Activations.GROUP) / rows.groupSize(); w++) {
                int isum = 0;
                int xsum = 0;
                for (int k = w * rows.groupSize(); k < (w + 1) * rows.groupSize(); k++) {
                    int code = x.codes()
                            .memory()
                            .get(ValueLayout.JAVA_BYTE, t * x.codes().columns() + k);
                    isum += decoded.codes()[k] * code;
                    xsum += code;
                }
                inner = Math.fma((float) isum, decoded.scale(w), inner);
                if (rows.hasMinimum()) {
                    inner = Math.fma((float) xsum, -decoded.minimum(w), inner);
                }
            }
            float scale = x.scales()
                    .memory()
                    .getAtIndex(ValueLayout.JAVA_FLOAT, t * x.scales().columns() + group);
            acc = Math.fma(inner, scale, acc);
        }
        return acc;
    }
}
