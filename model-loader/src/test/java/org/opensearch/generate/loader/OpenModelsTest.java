// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;
import org.opensearch.generate.loader.tokenizer.SharedFiles;

/** Two real models, opened. */
@Tag("shared-data")
class OpenModelsTest {
    @Test
    void tinyLlamaAsGguf() {
        try (ModelSource source = ModelFiles.open(SharedFiles.tinyLlama())) {
            ModelConfig config = source.config();
            assertEquals("gguf", source.format());
            assertEquals(322_591_712, source.bytes());
            assertEquals("llama", config.architecture());
            assertEquals(32000, config.vocabulary());
            assertEquals(22, config.layers());
            assertEquals(2048, config.hidden());
            assertEquals(5632, config.feedForward());
            assertEquals(32, config.heads());
            assertEquals(4, config.kvHeads());
            assertEquals(64, config.headDim());
            assertEquals(2048, config.maxPositions());
            assertEquals(1e-5f, config.normEpsilon());
            assertEquals(0, config.slidingWindow());
            assertEquals(RopeLayout.INTERLEAVED, config.rope().layout());
            assertEquals(64, config.rope().dims());
            assertEquals(RopeScaling.NONE, config.rope().scaling());
            assertEquals(1, config.bos());
            assertEquals(true, config.addBos());
            assertEquals(Set.of(2), config.endOfGeneration());
            assertEquals(TensorType.F32, source.tensor("blk.21.ffn_norm.weight").type());
            assertEquals(32000, source.tokenizer().size());
        }
    }

    @Test
    void miniMindAsSafetensors() {
        try (ModelSource source = ModelFiles.open(SharedFiles.data().resolve("models/minimind2-small"))) {
            ModelConfig config = source.config();
            assertEquals("safetensors", source.format());
            assertEquals("minimind2-small", config.name());
            assertEquals(6400, config.vocabulary());
            assertEquals(8, config.layers());
            assertEquals(2, config.kvHeads());
            assertEquals(64, config.headDim());
            assertEquals(1e6, config.rope().theta());
            assertEquals(RopeLayout.HALVES, config.rope().layout());
            assertEquals(true, config.tiedEmbeddings());
            assertEquals(1, config.bos());
            assertEquals(false, config.addBos());
            assertEquals(Set.of(2), config.endOfGeneration());
            assertEquals(6400, source.tensor("token_embd.weight").rows());
            assertEquals(6400, source.tokenizer().size());
        }
    }
}
