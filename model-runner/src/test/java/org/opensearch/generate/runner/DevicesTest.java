// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.kernel.CountingBudget;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.kernel.cuda.CudaKernels;
import org.opensearch.generate.runner.kernel.cuda.SimulatedCards;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.model.ModelOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Where a model is loaded, and what becomes of it when that device fails. */
class DevicesTest {
    private static final int CYCLES = 1000;

    @TempDir
    Path folder;

    @BeforeEach
    @AfterEach
    void reset() {
        assertEquals(0, SimulatedCards.used(0), "left on the card");
        SimulatedCards.set("reset", 0);
        SimulatedCards.install();
    }

    private LanguageModel load(String device) throws Exception {
        LoadOptions options =
                TestFiles.options("auto", 1, DataType.BF16, 0, 16, 4).on(device);
        return LanguageModel.load(TinyModel.of("llama").writeGguf(folder), options, LoadProgress.NONE);
    }

    private static int[] answer(LanguageModel model) throws Exception {
        Answer answer = new Answer();
        model.engine().submit(Answer.request(new int[] {5, 9, 17, 4}, 20, SamplingOptions.GREEDY), answer);
        return Answer.ids(answer.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "cuda:", "cuda:-1", "cuda:x", "CPU", ""})
    void otherNamesAreRefused(String name) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Devices.check(name))
                .getMessage());
        assertEquals("device must be auto, cpu or cuda:N, found " + name, message);
    }

    @Test
    void autoTakesACard() throws Exception {
        try (LanguageModel model = load("auto")) {
            assertEquals("cuda:0 simulated card", model.kernels());
            assertEquals("", model.kernelFallback());
            assertTrue(SimulatedCards.used(0) > 0);
        }
    }

    @Test
    void autoComputesOnTheProcessorWhereThereIsNoCardAndSaysSo() throws Exception {
        SimulatedCards.set("cards", 0);
        try (LanguageModel model = load("auto")) {
            assertTrue(model.kernels().startsWith("cpu-"), model.kernels());
            assertTrue(model.kernelFallback().contains("the driver finds no card"), model.kernelFallback());
        }
    }

    @Test
    void autoComputesOnTheProcessorWhatDoesNotFitOnTheCard() throws Exception {
        SimulatedCards.set("memory", 100_000);
        try (LanguageModel model = load("auto")) {
            assertTrue(model.kernels().startsWith("cpu-"), model.kernels());
            assertTrue(model.kernelFallback().contains("its memory is full"), model.kernelFallback());
            assertEquals(20, answer(model).length);
        }
    }

    @Test
    void aCardAskedForByNumberIsHadOrIsAnError() throws Exception {
        SimulatedCards.set("cards", 2);
        try (LanguageModel first = load("cuda:0");
                LanguageModel second = load("cuda:1")) {
            assertEquals("cuda:1 simulated card", second.kernels());
            assertTrue(SimulatedCards.used(0) > 0 && SimulatedCards.used(1) > 0);
            assertEquals(Arrays.toString(answer(first)), Arrays.toString(answer(second)));
        }
        assertThrows(DeviceException.class, () -> load("cuda:2"));
    }

    @Test
    void aCardThatIsLostFailsTheAnswersAndIsFreeAfterwards() throws Exception {
        try (LanguageModel model = load("cuda:0")) {
            assertEquals(20, answer(model).length);
            SimulatedCards.fault("cuLaunchKernel", 40, 719);
            Answer answer = new Answer();
            model.engine().submit(Answer.request(new int[] {8, 9, 10}, 20, SamplingOptions.GREEDY), answer);
            assertTrue(String.valueOf(answer.failure()).contains("load the model again"));
        }
        try (LanguageModel model = load("cuda:0")) {
            assertEquals(20, answer(model).length);
        }
    }

    /** Loads with a budget that refuses at another place each time, until one goes through. */
    @Test
    void aLoadThatFailsHalfWayLeavesNothingOnTheCard() throws Exception {
        try (ModelSource source = ModelFiles.open(TinyModel.of("qwen2").writeGguf(folder))) {
            boolean loaded = false;
            for (int refused = 1; !loaded; refused += 3) {
                CountingBudget budget = new CountingBudget(refused);
                try {
                    cycle(source, budget);
                    loaded = true;
                } catch (CountingBudget.RefusedException e) {
                    assertEquals(0, SimulatedCards.used(0), "after refusal " + refused);
                }
                assertEquals(0, budget.reserved());
            }
        }
    }

    @Test
    void nothingIsLeftByAThousandLoads() throws Exception {
        CountingBudget budget = new CountingBudget(0);
        try (ModelSource source = ModelFiles.open(TinyModel.of("llama").writeGguf(folder))) {
            for (int i = 0; i < CYCLES; i++) {
                cycle(source, budget);
                assertEquals(0, SimulatedCards.used(0));
            }
        }
        assertEquals(0, budget.reserved());
        assertEquals("", SimulatedCards.problem());
    }

    private static void cycle(ModelSource source, CountingBudget budget) {
        ModelOptions options =
                new ModelOptions(4 * LlamaModel.pageBytes(source.config(), DataType.BF16), DataType.BF16, 4, 64);
        try (Kernels kernels = CudaKernels.open(0, new Workers(1), budget);
                LlamaModel model = LlamaModel.load(source, kernels, options, LoadProgress.NONE)) {
            assertTrue(model.weightBytes() > 0);
        }
    }
}
