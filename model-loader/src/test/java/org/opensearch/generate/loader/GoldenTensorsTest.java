// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;
import org.opensearch.generate.loader.tokenizer.SharedFiles;

/** TinyLlama's tensors (IQ2_XXS, Q2_K, Q4_K, Q5_K), dequantised, against values computed in numpy: equal to the last float. */
@Tag("shared-data")
class GoldenTensorsTest {
    @Test
    void dequantisedValuesEqualTheGoldenOnes() {
        Path file = SharedFiles.data().resolve("golden/tinyllama-dequant.json");
        JsonObject golden = JsonFile.read(file);
        try (ModelSource source = ModelFiles.open(SharedFiles.tinyLlama())) {
            assertEquals(
                    List.of(
                            "output.weight",
                            "token_embd.weight",
                            "blk.0.ffn_down.weight",
                            "blk.0.attn_q.weight",
                            "blk.21.ffn_up.weight",
                            "blk.3.attn_v.weight"),
                    List.copyOf(golden.keys()));
            for (String name : golden.keys()) {
                check(source.tensor(name), golden.object(name));
            }
        }
    }

    private static void check(Tensor tensor, JsonObject golden) {
        String name = tensor.name();
        assertEquals(golden.string("type"), tensor.type().name(), name);
        int[] shape = golden.integers("shape_out_in", 1, Integer.MAX_VALUE);
        assertEquals(List.of(shape[0], shape[1]), List.of(tensor.rows(), tensor.columns()), name);
        Dequantizer dequantizer = Dequantizer.of(tensor);
        float[] row = new float[tensor.columns()];
        double sum = 0;
        double most = 0;
        for (int r = 0; r < tensor.rows(); r++) {
            dequantizer.row(r, row);
            if (r < 2) {
                float[] wanted = golden.floats(r == 0 ? "first64" : "row1_first64");
                for (int i = 0; i < wanted.length; i++) {
                    assertEquals(wanted[i], row[i], name + " row " + r + " column " + i);
                }
            }
            for (float value : row) {
                sum += value;
                most = Math.max(most, Math.abs(value));
            }
        }
        assertEquals(golden.number("abs_max"), most, name);
        // The golden sum was added in another order.
        assertEquals(golden.number("sum_float64"), sum, 1e-7 * Math.max(1, Math.abs(sum)), name);
    }
}
