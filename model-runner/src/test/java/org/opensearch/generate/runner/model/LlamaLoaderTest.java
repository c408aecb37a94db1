// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.TinyTensors;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.ScalarKernels;

/** Sources that were not checked by {@link ModelFiles}. */
class LlamaLoaderTest {
    @TempDir
    Path folder;

    /** Another source with one tensor, or the configuration, replaced. */
    private record Changed(ModelSource source, ModelConfig config, Optional<Tensor> other) implements ModelSource {
        @Override
        public Path path() {
            return source.path();
        }

        @Override
        public String format() {
            return source.format();
        }

        @Override
        public long bytes() {
            return source.bytes();
        }

        @Override
        public Tensor tensor(String name) {
            return tryTensor(name).orElseThrow();
        }

        @Override
        public Optional<Tensor> tryTensor(String name) {
            return other.filter(tensor -> tensor.name().equals(name)).or(() -> source.tryTensor(name));
        }

        @Override
        public Tokenizer tokenizer() {
            return source.tokenizer();
        }

        @Override
        public ChatTemplate chatTemplate() {
            return source.chatTemplate();
        }

        @Override
        public void close() {
            source.close();
        }
    }

    private static Tensor tensor(String name, TensorType type, int rows, int columns) {
        return TinyTensors.tensor(
                name, type, rows, columns, TinyTensors.random(type, rows * columns, 1f, new Random(1)));
    }

    private static ModelConfig withHeads(ModelConfig c, String architecture, int heads, int kvHeads, int headDim) {
        return new ModelConfig(
                architecture,
                c.name(),
                c.vocabulary(),
                c.layers(),
                c.hidden(),
                c.feedForward(),
                heads,
                kvHeads,
                headDim,
                c.maxPositions(),
                c.normEpsilon(),
                c.slidingWindow(),
                c.tiedEmbeddings(),
                c.rope(),
                c.bos(),
                c.addBos(),
                c.endOfGeneration());
    }

    private static void refuse(ModelSource source, String problem) {
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            ModelOptions options = new ModelOptions(1 << 20, DataType.F32, 8, 64);
            ModelFileException e = assertThrows(
                    ModelFileException.class, () -> LlamaModel.load(source, kernels, options, LoadProgress.NONE));
            assertEquals(source.path(), e.file());
            assertTrue(String.valueOf(e.getMessage()).endsWith(problem), e.getMessage());
            assertEquals(0, kernels.allocatedBytes());
        }
    }

    @Test
    void tensorsThatDoNotFitAreNamed() throws Exception {
        try (ModelSource source = ModelFiles.open(TinyModel.of("qwen2").writeGguf(folder))) {
            ModelConfig config = source.config();
            refuse(
                    new Changed(source, config, Optional.of(tensor("blk.1.ffn_up.weight", TensorType.F32, 511, 256))),
                    "blk.1.ffn_up.weight has 511 rows of 256, the configuration wants 512 rows of 256");
            refuse(
                    new Changed(source, config, Optional.of(tensor("blk.0.attn_k.bias", TensorType.F32, 1, 63))),
                    "blk.0.attn_k.bias has 1 rows of 63, the configuration wants 1 rows of 64");
            refuse(
                    new Changed(source, config, Optional.of(tensor("output_norm.weight", TensorType.Q8_0, 1, 256))),
                    "output_norm.weight is a vector of type Q8_0, a float type is wanted");
        }
    }

    @Test
    void configurationsThatCannotBeRunAreNamed() throws Exception {
        try (ModelSource source = ModelFiles.open(TinyModel.of("llama").writeGguf(folder))) {
            ModelConfig config = source.config();
            refuse(
                    new Changed(source, withHeads(config, "llama", 8, 3, 32), Optional.empty()),
                    "8 query heads cannot share 3 key heads evenly");
            refuse(
                    new Changed(source, withHeads(config, "llama", 8, 2, 16), Optional.empty()),
                    "rotary embedding of 32 elements does not fit heads of 16");
            refuse(
                    new Changed(source, withHeads(config, "rwkv", 8, 2, 32), Optional.empty()),
                    "architecture rwkv is not among [llama, mistral, qwen2, qwen3]");
        }
    }
}
