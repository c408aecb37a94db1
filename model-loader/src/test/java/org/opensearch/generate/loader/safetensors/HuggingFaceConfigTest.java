// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.opensearch.generate.loader.Refusals.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.json.TinyJson;

/** {@code config.json} and its neighbours as a model's configuration. */
class HuggingFaceConfigTest {
    private static final int PAIRS = TinyModel.HEAD_DIM / 2;

    @TempDir
    Path folder;

    /** The configuration of a tiny model with some entries replaced; {@code null} removes one. */
    private ModelConfig read(String architecture, Map<String, ?> changes) throws IOException {
        Map<String, @Nullable Object> config =
                new HashMap<>(TinyModel.of(architecture).config());
        config.putAll(changes);
        Files.writeString(folder.resolve("config.json"), TinyJson.of(config));
        return HuggingFaceConfig.read(folder).model(TinyModel.VOCABULARY, true);
    }

    private Rope rope(Map<String, ?> changes) throws IOException {
        return read("llama", changes).rope();
    }

    @Test
    void defaults() throws IOException {
        Map<String, @Nullable Object> absent = new HashMap<>();
        for (String key : List.of("head_dim", "num_key_value_heads", "rope_theta", "bos_token_id", "eos_token_id")) {
            absent.put(key, null);
        }
        ModelConfig config = read("llama", absent);
        assertEquals(TinyModel.HIDDEN / TinyModel.HEADS, config.headDim());
        assertEquals(TinyModel.HEADS, config.kvHeads());
        assertEquals(10000, config.rope().theta());
        assertEquals(RopeLayout.HALVES, config.rope().layout());
        assertEquals(-1, config.bos());
        assertEquals(Set.of(), config.endOfGeneration());
        assertEquals(false, config.tiedEmbeddings());
    }

    @Test
    void endOfGenerationFromAllFiles() throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 6], \"bos_token_id\": 9}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<|im_end|>\"}}");
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"id\": 7, \"content\": \"<|im_end|>\"}],"
                        + " \"post_processor\": {\"type\": \"Sequence\", \"processors\": [{\"type\": \"ByteLevel\"},"
                        + " {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"<s>\"}}]}]}}");
        ModelConfig config = read("llama", Map.of("eos_token_id", 4));
        assertEquals(Set.of(4, 5, 6, 7), config.endOfGeneration());
        assertEquals(0, config.bos());
        assertEquals(true, config.addBos());
        Map<String, @Nullable Object> none = Collections.singletonMap("bos_token_id", null);
        assertEquals(9, read("llama", none).bos());
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"add_bos_token\": false}");
        assertEquals(false, read("llama", Map.of()).addBos());
    }

    @Test
    void slidingWindow() throws IOException {
        assertEquals(64, read("mistral", Map.of("sliding_window", 64)).slidingWindow());
        assertEquals(0, read("mistral", Map.of()).slidingWindow());
        assertEquals(0, read("llama", Map.of("sliding_window", 64)).slidingWindow());
        Map<String, Object> qwen = new HashMap<>(Map.of("sliding_window", 64, "use_sliding_window", false));
        assertEquals(0, read("qwen2", qwen).slidingWindow());
        qwen.put("use_sliding_window", true);
        qwen.put("max_window_layers", 0);
        assertEquals(64, read("qwen2", qwen).slidingWindow());
        qwen.put("max_window_layers", TinyModel.LAYERS);
        assertEquals(0, read("qwen3", qwen).slidingWindow());
        qwen.put("max_window_layers", 1);
        refused("sliding_window holds for some layers only", () -> read("qwen3", qwen));
        qwen.put("layer_types", List.of("sliding_attention", "sliding_attention"));
        assertEquals(64, read("qwen3", qwen).slidingWindow());
        qwen.put("layer_types", List.of("full_attention", "sliding_attention"));
        refused("sliding_window holds for some layers only", () -> read("qwen3", qwen));
    }

    @ParameterizedTest
    @ValueSource(strings = {"type", "rope_type"})
    void linearAndDynamicInBothSpellings(String key) throws IOException {
        ModelConfig linear = read("llama", Map.of("rope_scaling", Map.of(key, "linear", "factor", 2.0)));
        assertEquals(RopeScaling.LINEAR, linear.rope().scaling());
        assertEquals(2, linear.rope().factor());
        assertEquals(2 * TinyModel.CONTEXT, linear.maxPositions());
        Rope dynamic = rope(Map.of("rope_scaling", Map.of(key, "dynamic", "factor", 3)));
        assertEquals(RopeScaling.DYNAMIC, dynamic.scaling());
        assertEquals(TinyModel.CONTEXT, dynamic.originalPositions());
    }

    @Test
    void yarn() throws IOException {
        Map<String, Object> scaling = new HashMap<>(
                Map.of("rope_type", "yarn", "factor", 4.0, "original_max_position_embeddings", TinyModel.CONTEXT));
        ModelConfig config = read("qwen2", Map.of("rope_scaling", scaling));
        assertEquals(4 * TinyModel.CONTEXT, config.maxPositions());
        assertEquals(0, config.rope().attentionFactor());
        assertEquals(32, config.rope().betaFast());
        assertEquals(1, config.rope().betaSlow());
        scaling.put("attention_factor", 1.5);
        assertEquals(1.5, rope(Map.of("rope_scaling", scaling)).attentionFactor());
        scaling.remove("attention_factor");
        scaling.put("mscale", 1.0);
        scaling.put("mscale_all_dim", 0.5);
        assertEquals(
                (0.1 * Math.log(4) + 1) / (0.05 * Math.log(4) + 1),
                rope(Map.of("rope_scaling", scaling)).attentionFactor());
        scaling.put("truncate", false);
        refused("rope_scaling.truncate is false", () -> rope(Map.of("rope_scaling", scaling)));
    }

    @Test
    void llama3() throws IOException {
        Map<String, Object> scaling = new HashMap<>(Map.of(
                "rope_type", "llama3",
                "factor", 8.0,
                "low_freq_factor", 1.0,
                "high_freq_factor", 4.0,
                "original_max_position_embeddings", 128));
        ModelConfig config = read("llama", Map.of("rope_scaling", scaling));
        assertEquals(TinyModel.CONTEXT, config.maxPositions());
        assertEquals(RopeScaling.LLAMA3, config.rope().scaling());
        assertEquals(128, config.rope().originalPositions());
        assertEquals(1, config.rope().lowFrequencyFactor());
        assertEquals(4, config.rope().highFrequencyFactor());
        scaling.remove("low_freq_factor");
        refused("rope_scaling.low_freq_factor is missing", () -> rope(Map.of("rope_scaling", scaling)));
    }

    @Test
    void longRope() throws IOException {
        float[] wanted = new float[PAIRS];
        Arrays.fill(wanted, 1.5f);
        Map<String, Object> scaling = new HashMap<>(Map.of(
                "type", "su",
                "short_factor", Collections.nCopies(PAIRS, 1.5),
                "long_factor", Collections.nCopies(PAIRS, 2)));
        Rope rope = rope(Map.of("rope_scaling", scaling, "original_max_position_embeddings", 128));
        assertEquals(RopeScaling.LONGROPE, rope.scaling());
        assertEquals(128, rope.originalPositions());
        assertEquals(4, rope.factor());
        assertEquals(0, rope.attentionFactor());
        assertArrayEquals(wanted, rope.shortFactors());
        scaling.put("long_factor", List.of(1));
        refused("rope_scaling.long_factor has 1 numbers, wanted 16", () -> rope(Map.of("rope_scaling", scaling)));
    }

    @Test
    void ropeParameters() throws IOException {
        Map<String, Object> plain = Map.of("rope_type", "default", "rope_theta", 500000.0);
        Rope rope = rope(Map.of("rope_parameters", plain, "rope_theta", 1.0));
        assertEquals(RopeScaling.NONE, rope.scaling());
        assertEquals(500000, rope.theta());
        assertEquals(16, rope(Map.of("partial_rotary_factor", 0.5)).dims());
    }

    @Test
    void whatWeDoNotComputeIsNamed() {
        refused("model_type is mixtral", () -> read("mixtral", Map.of()));
        refused(
                "architectures is [LlamaForSequenceClassification]",
                () -> read("llama", Map.of("architectures", List.of("LlamaForSequenceClassification"))));
        refused("quantization_config is there", () -> read("llama", Map.of("quantization_config", Map.of())));
        refused("hidden_act is gelu", () -> read("llama", Map.of("hidden_act", "gelu")));
        refused("mlp_bias is true", () -> read("llama", Map.of("mlp_bias", true)));
        refused("rope_scaling.rope_type is mrope", () -> rope(Map.of("rope_scaling", Map.of("rope_type", "mrope"))));
        refused("rope_scaling.factor is missing", () -> rope(Map.of("rope_scaling", Map.of("type", "linear"))));
        refused("rope_scaling is the string \"x\", wanted an object", () -> rope(Map.of("rope_scaling", "x")));
        refused("vocab_size is 9, the embedding table has 272 rows", () -> read("llama", Map.of("vocab_size", 9)));
        refused("num_key_value_heads is 3", () -> read("llama", Map.of("num_key_value_heads", 3)));
        refused("head_dim is 33, wanted an even number", () -> read("llama", Map.of("head_dim", 33)));
        refused("hidden_size is 1.5, wanted an integer", () -> read("llama", Map.of("hidden_size", 1.5)));
        refused("eos_token_id is 999, wanted 0 to 271", () -> read("llama", Map.of("eos_token_id", 999)));
        refused("rms_norm_eps is 0.0", () -> read("llama", Map.of("rms_norm_eps", 0.0)));
    }
}
