// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.CountingBudget;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.ScalarKernels;

/** What a model takes is known before it is loaded, and its KV pages can be changed afterwards. */
class ModelMemoryTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama, F32, F32, 7, 64",
        "mistral, Q8_0, BF16, 96, 200",
        "qwen2, Q4_1, I8, 33, 1000",
        "qwen3, Q6_K, BF16, 256, 31",
        "llama, Q4_K, I8, 1, 1",
        "qwen3, F16, F32, 40, 500"
    })
    void whatIsPlannedIsTakenToTheByte(String architecture, TensorType type, DataType kvType, int rows, int context)
            throws Exception {
        try (ModelSource source = ModelFiles.open(
                        TinyModel.of(architecture).withType(type).writeGguf(folder));
                Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            int pages = 5;
            long pageBytes = LlamaModel.pageBytes(source.config(), kvType);
            ModelMemory planned = ModelMemory.of(
                    source, rows, Math.min(context, source.config().maxPositions()));
            try (LlamaModel model = LlamaModel.load(
                    source, kernels, new ModelOptions(pages * pageBytes, kvType, rows, context), LoadProgress.NONE)) {
                assertEquals(
                        kernels.allocatedBytes(), planned.weightBytes() + planned.scratchBytes() + pages * pageBytes);
                assertTrue(planned.weightBytes() > model.weightBytes());
            }
        }
    }

    @Test
    void pagesCanBeMoreOrFewerAndAreCounted() throws Exception {
        CountingBudget budget = new CountingBudget(0);
        try (ModelSource source = ModelFiles.open(TinyModel.of("llama").writeGguf(folder));
                Kernels kernels = new ScalarKernels(1, budget);
                LlamaModel model = load(source, kernels)) {
            long before = kernels.allocatedBytes();
            for (int pages : new int[] {9, 9, 2, 30, 1, 4}) {
                model.resizePages(pages, 4);
                assertEquals(pages, model.pages());
                assertEquals(before + (pages - 4) * model.pageBytes(), kernels.allocatedBytes());
                assertEquals(kernels.allocatedBytes(), budget.reserved());
            }
        }
        assertEquals(0, budget.reserved());
    }

    @Test
    void pagesThatAreRefusedLeaveAllAsItWas() throws Exception {
        CountingBudget counting = new CountingBudget(0);
        try (ModelSource source = ModelFiles.open(TinyModel.of("llama").writeGguf(folder))) {
            try (Kernels kernels = new ScalarKernels(1, counting)) {
                load(source, kernels).close();
            }
            int layers = source.config().layers();
            for (int layer = 1; layer <= layers; layer++) {
                CountingBudget budget = new CountingBudget(counting.requests() + layer);
                try (Kernels kernels = new ScalarKernels(1, budget);
                        LlamaModel model = load(source, kernels)) {
                    long before = kernels.allocatedBytes();
                    assertThrows(CountingBudget.RefusedException.class, () -> model.resizePages(9, 4));
                    assertEquals(4, model.pages());
                    assertEquals(before, kernels.allocatedBytes());
                    assertEquals(before, budget.reserved());
                    model.resizePages(9, 4);
                    assertEquals(9, model.pages());
                }
                assertEquals(0, budget.reserved());
            }
        }
    }

    private static LlamaModel load(ModelSource source, Kernels kernels) {
        long pageBytes = LlamaModel.pageBytes(source.config(), DataType.BF16);
        return LlamaModel.load(
                source, kernels, new ModelOptions(4 * pageBytes, DataType.BF16, 16, 100), LoadProgress.NONE);
    }
}
