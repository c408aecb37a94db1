// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Generated models, written and opened. */
class TinyModelTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3"})
    void bothFormatsHoldTheSameModel(String architecture) throws IOException {
        TinyModel tiny = TinyModel.of(architecture).withType(TensorType.F32);
        try (ModelSource gguf = ModelFiles.open(tiny.writeGguf(folder));
                ModelSource folders = ModelFiles.open(tiny.writeHuggingFace(folder.resolve("hf")))) {
            assertEquals("gguf", gguf.format());
            assertEquals("safetensors", folders.format());
            ModelConfig a = gguf.config();
            ModelConfig b = folders.config();
            assertEquals(architecture, a.architecture());
            assertEquals(architecture, b.architecture());
            assertEquals(a.vocabulary(), b.vocabulary());
            assertEquals(a.layers(), b.layers());
            assertEquals(a.hidden(), b.hidden());
            assertEquals(a.feedForward(), b.feedForward());
            assertEquals(a.heads(), b.heads());
            assertEquals(a.kvHeads(), b.kvHeads());
            assertEquals(a.headDim(), b.headDim());
            assertEquals(a.maxPositions(), b.maxPositions());
            assertEquals(a.normEpsilon(), b.normEpsilon());
            assertEquals(a.tiedEmbeddings(), b.tiedEmbeddings());
            assertEquals(a.rope().theta(), b.rope().theta());
            assertEquals(a.rope().dims(), b.rope().dims());
            assertEquals(a.bos(), b.bos());
            assertEquals(a.addBos(), b.addBos());
            assertEquals(a.endOfGeneration(), b.endOfGeneration());
            assertArrayEquals(row(gguf, "blk.1.ffn_down.weight", 7), row(folders, "blk.1.ffn_down.weight", 7));
            boolean interleaved = a.rope().layout() == ModelConfig.RopeLayout.INTERLEAVED;
            int second = TinyModel.HEAD_DIM / 2;
            assertArrayEquals(
                    row(gguf, "blk.0.attn_k.weight", interleaved ? 1 : second),
                    row(folders, "blk.0.attn_k.weight", second));
            assertEquals(a.vocabulary(), gguf.tokenizer().size());
            assertEquals(a.vocabulary(), folders.tokenizer().size());
            assertEquals(
                    "Grüße!",
                    gguf.tokenizer().decode(gguf.tokenizer().encode("Grüße!")).strip());
            assertEquals(
                    "Grüße!", folders.tokenizer().decode(folders.tokenizer().encode("Grüße!")));
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void everyTypeGivesWeightsOfSensibleSize(TensorType type) throws IOException {
        try (ModelSource source =
                ModelFiles.open(TinyModel.of("qwen3").withType(type).writeGguf(folder))) {
            Tensor tensor = source.tensor("blk.0.ffn_up.weight");
            assertEquals(type, tensor.type());
            double squares = 0;
            for (int r = 0; r < tensor.rows(); r++) {
                for (float value : row(source, tensor.name(), r)) {
                    squares += (double) value * value;
                }
            }
            double deviation = Math.sqrt(squares / tensor.rows() / tensor.columns());
            assertEquals(1 / Math.sqrt(tensor.columns()), deviation, 0.7 / Math.sqrt(tensor.columns()));
        }
    }

    private static float[] row(ModelSource source, String name, int row) {
        Tensor tensor = source.tensor(name);
        float[] values = new float[tensor.columns()];
        Dequantizer.of(tensor).row(row, values);
        return values;
    }
}
