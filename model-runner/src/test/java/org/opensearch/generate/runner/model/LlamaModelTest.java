// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
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

class LlamaModelTest {
    private static final int LENGTH = 75;
    private static final int PAGES = 8;

    @TempDir
    Path folder;

    private static int[] ids(int length) {
        return new Random(3).ints(length, 3, TinyModel.VOCABULARY).toArray();
    }

    private static LlamaModel load(ModelSource source, Kernels kernels, DataType kvType) {
        long kvBytes = PAGES * LlamaModel.pageBytes(source.config(), kvType);
        return LlamaModel.load(source, kernels, new ModelOptions(kvBytes, kvType, 96, 1000), LoadProgress.NONE);
    }

    private ModelSource open(TinyModel model) throws Exception {
        return ModelFiles.open(model.writeGguf(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3"})
    void chunksPagesAndNeighboursDoNotMatter(String architecture) throws Exception {
        TinyModel tiny = TinyModel.of(architecture).withType(TensorType.Q4_1);
        tiny = architecture.equals("mistral") ? tiny.withExtra(Map.of("attention.sliding_window", 20)) : tiny;
        try (ModelSource source = open(tiny);
                Kernels kernels = new ScalarKernels(2, MemoryBudget.UNLIMITED);
                LlamaModel model = load(source, kernels, DataType.BF16)) {
            int[] ids = ids(LENGTH);
            float[][] whole = Forward.logits(model, ids, LENGTH, new int[] {0, 1, 2});
            assertArrayEquals(whole, Forward.logits(model, ids, 1, new int[] {5, 0, 7}), "one by one");
            assertArrayEquals(whole, Forward.logits(model, ids, 31, new int[] {2, 1, 0}), "chunks of 31");
            assertArrayEquals(whole[LENGTH - 1], besideAnother(model, ids), "beside another sequence");
        }
    }

    /** The last logits when the last token runs in a batch with the start of another sequence. */
    private static float[] besideAnother(LlamaModel model, int[] ids) {
        int[] pages = {3, 4, 6};
        Forward.logits(model, IntStream.range(0, LENGTH - 1).map(i -> ids[i]).toArray(), 40, pages);
        model.copyPage(6, 2);
        float[][] logits = new float[1][TinyModel.VOCABULARY];
        model.forward(
                new Batch(
                        3,
                        new int[] {9, 8, ids[LENGTH - 1]},
                        new int[] {0, 1, LENGTH - 1},
                        new int[] {0, 0, 1},
                        new int[][] {{5}, {3, 4, 2}},
                        new int[] {2}),
                logits);
        return logits[0];
    }

    static Stream<Arguments> variants() {
        Map<String, Object> none = Map.of();
        return Stream.of(
                Arguments.of("llama", none),
                Arguments.of("mistral", Map.of("sliding_window", 20)),
                Arguments.of("qwen2", Map.of("tie_word_embeddings", true)),
                Arguments.of("qwen3", none),
                Arguments.of("llama", scaling("linear", Map.of("factor", 3.0))),
                Arguments.of("llama", dynamic()),
                Arguments.of("qwen2", scaling("yarn", Map.of("factor", 4.0, "original_max_position_embeddings", 32))),
                Arguments.of(
                        "llama",
                        scaling(
                                "llama3",
                                Map.of(
                                        "factor", 8.0,
                                        "low_freq_factor", 1.0,
                                        "high_freq_factor", 4.0,
                                        "original_max_position_embeddings", 64))));
    }

    /** Made for 64 positions, and stretched to 256. */
    private static Map<String, Object> dynamic() {
        Map<String, Object> all = new HashMap<>(scaling("dynamic", Map.of("factor", 4.0)));
        all.put("max_position_embeddings", 64);
        return all;
    }

    private static Map<String, Object> scaling(String type, Map<String, Object> parameters) {
        Map<String, Object> all = new HashMap<>(parameters);
        all.put("rope_type", type);
        return Map.of("rope_scaling", all);
    }

    /**
     * With 8-bit weights and activations logits are near those of floats, and nearer to those of a transformer that rounds where
     * we do. Not equal to them: a last bit decides some codes, and each code that differs makes more of the next ones differ.
     */
    @ParameterizedTest
    @MethodSource("variants")
    void logitsAreNearThoseOfATextbookTransformer(String architecture, Map<String, Object> extra) throws Exception {
        boolean tied = extra.containsKey("tie_word_embeddings");
        TinyModel tiny = TinyModel.of(architecture)
                .withType(TensorType.F32)
                .withTied(tied)
                .withExtra(extra);
        try (ModelSource source = ModelFiles.open(tiny.writeHuggingFace(folder));
                Kernels kernels = new ScalarKernels(2, MemoryBudget.UNLIMITED);
                LlamaModel model = load(source, kernels, DataType.F32)) {
            int[] ids = ids(LENGTH);
            float[][] found = Forward.logits(model, ids, LENGTH, new int[] {0, 1, 2});
            int context = model.maxContext();
            double floats = difference(new ReferenceTransformer(source, context, false).logits(ids), found);
            assertTrue(floats < 0.12, "relative difference to floats: " + floats);
            double rounded = difference(new ReferenceTransformer(source, context, true).logits(ids), found);
            assertTrue(rounded < 0.03, "relative difference to a rounding reference: " + rounded);
        }
    }

    /** Root mean square of the difference, as a part of the root mean square of what is wanted. */
    private static double difference(double[][] wanted, float[][] found) {
        double difference = 0;
        double size = 0;
        for (int t = 0; t < wanted.length; t++) {
            for (int i = 0; i < found[t].length; i++) {
                difference += (found[t][i] - wanted[t][i]) * (found[t][i] - wanted[t][i]);
                size += wanted[t][i] * wanted[t][i];
            }
        }
        return Math.sqrt(difference / size);
    }

    @Test
    void memoryIsCountedAndGivenBack() throws Exception {
        CountingBudget budget = new CountingBudget(0);
        try (ModelSource source = open(TinyModel.of("qwen3"));
                Kernels kernels = new ScalarKernels(1, budget)) {
            LlamaModel model = load(source, kernels, DataType.F32);
            assertEquals(PAGES, model.pages());
            assertEquals(LlamaModel.pageBytes(source.config(), DataType.F32), model.pageBytes());
            assertTrue(model.weightBytes() > 0);
            assertTrue(kernels.allocatedBytes() > model.weightBytes() + PAGES * model.pageBytes());
            assertEquals(kernels.allocatedBytes(), budget.reserved());
            model.close();
            assertEquals(0, kernels.allocatedBytes());
            assertEquals(0, budget.reserved());
        }
    }

    @Test
    void whateverIsRefusedNothingStays() throws Exception {
        try (ModelSource source = open(TinyModel.of("qwen2").withType(TensorType.Q4_1))) {
            CountingBudget all = new CountingBudget(0);
            try (Kernels kernels = new ScalarKernels(1, all)) {
                load(source, kernels, DataType.F32).close();
            }
            for (int refused = 1; refused <= all.requests(); refused++) {
                CountingBudget budget = new CountingBudget(refused);
                try (Kernels kernels = new ScalarKernels(1, budget)) {
                    assertThrows(CountingBudget.RefusedException.class, () -> load(source, kernels, DataType.F32));
                    assertEquals(0, kernels.allocatedBytes());
                    assertEquals(0, budget.reserved());
                }
            }
        }
    }

    @Test
    void aLoadIsToldOfAndCanBeCancelled() throws Exception {
        int matrices = TinyModel.LAYERS * 7 + 2;
        try (ModelSource source = open(TinyModel.of("llama"));
                Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            ModelOptions options = new ModelOptions(1 << 20, DataType.F32, 8, 64);
            int[] steps = new int[1];
            LlamaModel.load(source, kernels, options, (what, done, total) -> {
                        assertEquals(steps[0]++, done);
                        assertEquals(matrices, total);
                    })
                    .close();
            assertEquals(matrices + 1, steps[0]);
            assertThrows(
                    CancellationException.class,
                    () -> LlamaModel.load(source, kernels, options, (what, done, total) -> {
                        if (done == 5) {
                            throw new CancellationException();
                        }
                    }));
            assertEquals(0, kernels.allocatedBytes());
        }
    }

    @Test
    void wrongBatchesAndOptionsAreRefused() throws Exception {
        try (ModelSource source = open(TinyModel.of("llama"));
                Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED);
                LlamaModel model = load(source, kernels, DataType.F32)) {
            refuse(model, 97, 3, 0, 0);
            refuse(model, 0, 3, 0, 0);
            refuse(model, 1, TinyModel.VOCABULARY, 0, 0);
            refuse(model, 1, -1, 0, 0);
            refuse(model, 1, 3, PAGES * 32, 0);
            refuse(model, 1, 3, -1, 0);
            refuse(model, 1, 3, 32, 0);
            refuse(model, 1, 3, 0, PAGES);
            refuse(model, 1, 3, 0, -1);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> LlamaModel.load(
                            source, kernels, new ModelOptions(100, DataType.F32, 1, 1), LoadProgress.NONE));
            assertThrows(IllegalArgumentException.class, () -> new ModelOptions(1, DataType.I32, 1, 1));
            assertThrows(IllegalArgumentException.class, () -> new ModelOptions(1, DataType.F32, 0, 1));
        }
    }

    private static void refuse(LlamaModel model, int rows, int token, int position, int page) {
        int[] tokens = new int[97];
        int[] positions = new int[97];
        tokens[0] = token;
        positions[0] = position;
        Batch batch = new Batch(rows, tokens, positions, new int[97], new int[][] {{page}}, new int[] {});
        assertThrows(IllegalArgumentException.class, () -> model.forward(batch, new float[0][]));
    }
}
