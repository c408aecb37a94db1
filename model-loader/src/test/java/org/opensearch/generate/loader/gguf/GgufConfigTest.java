// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.opensearch.generate.loader.Refusals.refused;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;

/** GGUF keys as a model's configuration. */
class GgufConfigTest {
    private static final int PAIRS = TinyModel.HEAD_DIM / 2;

    @TempDir
    Path folder;

    private ModelConfig read(TinyGguf gguf) throws IOException {
        try (ModelSource source = ModelFiles.open(gguf.write(folder.resolve("model.gguf")))) {
            return source.config();
        }
    }

    private ModelConfig read(String architecture, Map<String, Object> extra) throws IOException {
        return read(TinyModel.of(architecture).withExtra(extra).gguf());
    }

    @ParameterizedTest
    @CsvSource({"llama, INTERLEAVED", "mistral, INTERLEAVED", "qwen2, HALVES", "qwen3, HALVES"})
    void layoutFollowsTheArchitecture(String architecture, RopeLayout layout) throws IOException {
        Rope rope = read(architecture, Map.of()).rope();
        assertEquals(layout, rope.layout());
        assertEquals(RopeScaling.NONE, rope.scaling());
        assertEquals(TinyModel.HEAD_DIM, rope.dims());
        assertEquals(0, rope.shortFactors().length);
    }

    @Test
    void slidingWindowAndPartialRotation() throws IOException {
        ModelConfig config = read("mistral", Map.of("attention.sliding_window", 128, "rope.dimension_count", 16));
        assertEquals(128, config.slidingWindow());
        assertEquals(16, config.rope().dims());
    }

    @Test
    void linearScaling() throws IOException {
        ModelConfig config = read("llama", Map.of("rope.scaling.type", "linear", "rope.scaling.factor", 4f));
        assertEquals(RopeScaling.LINEAR, config.rope().scaling());
        assertEquals(4, config.rope().factor());
        assertEquals(4 * TinyModel.CONTEXT, config.maxPositions());
        Rope old = read("llama", Map.of("rope.scale_linear", 2f)).rope();
        assertEquals(RopeScaling.LINEAR, old.scaling());
        assertEquals(2, old.factor());
    }

    @Test
    void yarnScaling() throws IOException {
        ModelConfig config = read(
                "qwen2",
                Map.of(
                        "rope.scaling.type",
                        "yarn",
                        "rope.scaling.factor",
                        4f,
                        "rope.scaling.original_context_length",
                        TinyModel.CONTEXT,
                        "rope.scaling.yarn_beta_fast",
                        16f));
        Rope rope = config.rope();
        assertEquals(RopeScaling.YARN, rope.scaling());
        assertEquals(TinyModel.CONTEXT, rope.originalPositions());
        assertEquals(16, rope.betaFast());
        assertEquals(1, rope.betaSlow());
        assertEquals(1 + 0.1 * Math.log(4), rope.attentionFactor(), 1e-12);
        assertEquals(4 * TinyModel.CONTEXT, config.maxPositions());
    }

    @Test
    void frequencyDivisorsOfLlama3() throws IOException {
        float[] divisors = new float[PAIRS];
        Arrays.fill(divisors, 8f);
        divisors[0] = 1;
        Rope rope = read(TinyModel.of("llama").gguf().vector("rope_freqs.weight", divisors))
                .rope();
        assertEquals(RopeScaling.NONE, rope.scaling());
        assertArrayEquals(divisors, rope.shortFactors());
        refused(
                "wanted tensor rope_freqs.weight with 16 floats, found F32 1 x 3",
                () -> read(TinyModel.of("llama").gguf().vector("rope_freqs.weight", new float[3])));
        refused(
                "rope_freqs.weight has 0.0, wanted more than 0",
                () -> read(TinyModel.of("llama").gguf().vector("rope_freqs.weight", new float[PAIRS])));
    }

    @Test
    void longRope() throws IOException {
        float[] ones = new float[PAIRS];
        Arrays.fill(ones, 1f);
        float[] twos = new float[PAIRS];
        Arrays.fill(twos, 2f);
        Map<String, Object> keys = Map.of(
                "rope.scaling.type",
                "longrope",
                "rope.scaling.original_context_length",
                128,
                "rope.scaling.attn_factor",
                1.25f);
        Rope rope = read(TinyModel.of("llama")
                        .withExtra(keys)
                        .gguf()
                        .vector("rope_factors_short.weight", ones)
                        .vector("rope_factors_long.weight", twos))
                .rope();
        assertEquals(RopeScaling.LONGROPE, rope.scaling());
        assertEquals(128, rope.originalPositions());
        assertEquals(1.25, rope.attentionFactor());
        assertArrayEquals(ones, rope.shortFactors());
        assertArrayEquals(twos, rope.longFactors());
        refused("wanted tensor rope_factors_short.weight with 16 floats, found none", () -> read("llama", keys));
    }

    @Test
    void endOfGenerationByKeyAndByName() throws IOException {
        int[] types = new int[TinyModel.VOCABULARY];
        Arrays.fill(types, 1);
        types[3] = 3;
        String[] tokens = new String[TinyModel.VOCABULARY];
        Arrays.setAll(tokens, i -> "t" + i);
        tokens[3] = "<|im_end|>";
        tokens[4] = "<|eot_id|>";
        ModelConfig config = read(TinyModel.of("qwen2")
                .gguf()
                .put("tokenizer.ggml.tokens", List.of(tokens))
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.eos_token_id", 7)
                .put("tokenizer.ggml.eot_token_id", 8)
                .put("tokenizer.ggml.eom_token_id", 9)
                .put("tokenizer.ggml.bos_token_id", -1)
                .put("tokenizer.ggml.add_bos_token", false));
        assertEquals(Set.of(3, 7, 8, 9), config.endOfGeneration());
        assertEquals(-1, config.bos());
        assertEquals(false, config.addBos());
    }

    @Test
    void tiedEmbeddings() throws IOException {
        assertEquals(true, read(TinyModel.of("llama").withTied(true).gguf()).tiedEmbeddings());
        assertEquals(false, read(TinyModel.of("llama").gguf()).tiedEmbeddings());
    }

    @Test
    void whatWeDoNotComputeIsNamed() {
        refused("general.architecture is gemma3", () -> read("gemma3", Map.of()));
        refused("llama.expert_count is above 0", () -> read("llama", Map.of("expert_count", 8)));
        refused("llama.rope.scaling.type is su", () -> read("llama", Map.of("rope.scaling.type", "su")));
        refused("llama.attention.head_count_kv is 3", () -> read("llama", Map.of("attention.head_count_kv", 3)));
        refused("llama.attention.value_length", () -> read("llama", Map.of("attention.value_length", 64)));
        refused("llama.rope.dimension_count is 15", () -> read("llama", Map.of("rope.dimension_count", 15)));
        refused("llama.rope.freq_base is -1.0", () -> read("llama", Map.of("rope.freq_base", -1f)));
        refused("llama.rope.freq_base is NaN", () -> read("llama", Map.of("rope.freq_base", Float.NaN)));
        refused("llama.block_count is 0", () -> read("llama", Map.of("block_count", 0)));
        refused(
                "tokenizer.ggml.eos_token_id is 5000",
                () -> read(TinyModel.of("llama").gguf().put("tokenizer.ggml.eos_token_id", 5000)));
    }

    @Test
    void tensorsAreHeldAgainstTheConfiguration() {
        refused("tensor blk.2.attn_norm.weight is missing", () -> read("llama", Map.of("block_count", 3)));
        refused("tensor blk.1.", () -> read("llama", Map.of("block_count", 1)));
        refused(
                "tensor blk.0.ffn_gate.weight is 512 x 256, wanted 513 x 256",
                () -> read("llama", Map.of("feed_forward_length", 513)));
        refused(
                "tensor blk.0.attn_sinks is no part of a llama model",
                () -> read(TinyModel.of("llama").gguf().vector("blk.0.attn_sinks", new float[8])));
        refused(
                "tensor blk.0.attn_q.bias is Q8_0, wanted F32, F16 or BF16",
                () -> read(TinyModel.of("llama")
                        .gguf()
                        .tensor("blk.0.attn_q.bias", TensorType.Q8_0, 1, 256, new byte[272])));
    }
}
