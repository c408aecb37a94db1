// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;

/**
 * {@code config.json} and {@code generation_config.json} as a {@link ModelConfig}. What changes a model's answers and is not
 * ours to compute is an error that names it.
 */
final class HuggingFaceConfig {
    private static final Set<String> ARCHITECTURES = Set.of("llama", "mistral", "qwen2", "qwen3");
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_POSITIONS = 1 << 24;
    private static final int MAX_HEADS = 1 << 12;
    private static final int MAX_LAYERS = 1 << 10;
    private static final int MAX_VOCABULARY = 1 << 22;

    private final Path folder;
    private final JsonObject config;
    private final String architecture;

    private HuggingFaceConfig(Path folder, JsonObject config, String architecture) {
        this.folder = folder;
        this.config = config;
        this.architecture = architecture;
    }

    static HuggingFaceConfig read(Path folder) {
        JsonObject config = JsonFile.read(folder.resolve("config.json"));
        String architecture = config.string("model_type");
        if (!ARCHITECTURES.contains(architecture)) {
            throw config.wrong("model_type", "is " + architecture + ", wanted one of llama, mistral, qwen2, qwen3");
        }
        HuggingFaceConfig read = new HuggingFaceConfig(folder, config, architecture);
        read.refuseUnsupported();
        return read;
    }

    private void refuseUnsupported() {
        if (config.has("architectures")) {
            List<String> classes = config.strings("architectures");
            if (classes.stream().noneMatch(name -> name.endsWith("ForCausalLM"))) {
                throw config.wrong("architectures", "is " + classes + ", wanted one that ends with ForCausalLM");
            }
        }
        if (config.has("quantization_config")) {
            throw config.wrong("quantization_config", "is there: quantised safetensors are not read; use GGUF");
        }
        String activation = config.tryString("hidden_act").orElse("silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw config.wrong("hidden_act", "is " + activation + ", wanted silu");
        }
        if (config.tryFlag("mlp_bias").orElse(false)) {
            throw config.wrong("mlp_bias", "is true: biases inside the feed-forward block are not computed");
        }
    }

    /**
     * The model's configuration.
     *
     * @param embeddingRows rows of the embedding table
     * @param hasOutput whether the files have an output matrix
     */
    ModelConfig model(int embeddingRows, boolean hasOutput) {
        int vocabulary = config.integer("vocab_size", 1, MAX_VOCABULARY);
        if (vocabulary != embeddingRows) {
            throw config.wrong(
                    "vocab_size", "is " + vocabulary + ", the embedding table has " + embeddingRows + " rows");
        }
        int hidden = config.integer("hidden_size", 1, MAX_WIDTH);
        int heads = config.integer("num_attention_heads", 1, MAX_HEADS);
        int kvHeads = config.tryInteger("num_key_value_heads", 1, heads).orElse(heads);
        if (heads % kvHeads != 0) {
            throw config.wrong("num_key_value_heads", "is " + kvHeads + ", wanted a divisor of " + heads);
        }
        int layers = config.integer("num_hidden_layers", 1, MAX_LAYERS);
        int headDim = headDim(hidden, heads);
        int positions = config.integer("max_position_embeddings", 1, MAX_POSITIONS);
        Rope rope = HuggingFaceRope.read(config, headDim, positions);
        double epsilon = config.number("rms_norm_eps");
        if (epsilon <= 0) {
            throw config.wrong("rms_norm_eps", "is " + epsilon + ", wanted more than 0");
        }
        TokenizerFacts tokens = TokenizerFacts.read(folder);
        JsonObject generation = generation();
        Set<Integer> ends = new TreeSet<>(
                tokens.end().stream().filter(id -> id < vocabulary).toList());
        ends.addAll(ids(config, "eos_token_id", vocabulary));
        ends.addAll(ids(generation, "eos_token_id", vocabulary));
        OptionalInt bos = config.has("bos_token_id") ? id(config, vocabulary) : id(generation, vocabulary);
        return new ModelConfig(
                architecture,
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                vocabulary,
                layers,
                hidden,
                config.integer("intermediate_size", 1, MAX_WIDTH),
                heads,
                kvHeads,
                headDim,
                rope.scaledPositions(positions),
                (float) epsilon,
                slidingWindow(layers),
                config.tryFlag("tie_word_embeddings").orElse(!hasOutput),
                rope,
                bos.orElse(-1),
                bos.isPresent() && tokens.addBos(),
                Set.copyOf(ends));
    }

    private JsonObject generation() {
        Path file = folder.resolve("generation_config.json");
        return Files.exists(file) ? JsonFile.read(file) : config;
    }

    private static OptionalInt id(JsonObject object, int vocabulary) {
        return object.tryInteger("bos_token_id", 0, vocabulary - 1);
    }

    private static Set<Integer> ids(JsonObject object, String key, int vocabulary) {
        if (!object.isArray(key)) {
            OptionalInt one = object.tryInteger(key, 0, vocabulary - 1);
            return one.isPresent() ? Set.of(one.getAsInt()) : Set.of();
        }
        Set<Integer> ids = new TreeSet<>();
        for (int id : object.integers(key, 0, vocabulary - 1)) {
            ids.add(id);
        }
        return ids;
    }

    private int headDim(int hidden, int heads) {
        OptionalInt given = config.tryInteger("head_dim", 2, MAX_HEADS);
        if (given.isEmpty() && hidden % heads != 0) {
            throw config.wrong("num_attention_heads", "is " + heads + ", wanted a divisor of " + hidden);
        }
        int headDim = given.orElse(hidden / heads);
        if (headDim % 2 != 0) {
            throw config.wrong("head_dim", "is " + headDim + ", wanted an even number");
        }
        return headDim;
    }

    /** Mistral has a window in every layer or none; Qwen has one from {@code max_window_layers} on, if it is switched on. */
    private int slidingWindow(int layers) {
        int window = config.tryInteger("sliding_window", 0, Integer.MAX_VALUE).orElse(0);
        if (window == 0 || architecture.equals("llama")) {
            return 0;
        }
        if (architecture.startsWith("qwen")
                && !config.tryFlag("use_sliding_window").orElse(false)) {
            return 0;
        }
        Optional<Boolean> everywhere = everywhere(layers);
        if (everywhere.isEmpty()) {
            throw config.wrong("sliding_window", "holds for some layers only, wanted all or none");
        }
        return everywhere.get() ? window : 0;
    }

    /** Whether the window holds in all layers ({@code true}), in none, or (empty) in some. */
    private Optional<Boolean> everywhere(int layers) {
        if (config.has("layer_types")) {
            List<String> kinds =
                    config.strings("layer_types").stream().distinct().toList();
            if (kinds.size() > 1) {
                return Optional.empty();
            }
            return Optional.of(kinds.contains("sliding_attention"));
        }
        if (!architecture.startsWith("qwen")) {
            return Optional.of(true);
        }
        int full = config.tryInteger("max_window_layers", 0, Integer.MAX_VALUE).orElse(0);
        return full == 0 ? Optional.of(true) : full >= layers ? Optional.of(false) : Optional.empty();
    }
}
