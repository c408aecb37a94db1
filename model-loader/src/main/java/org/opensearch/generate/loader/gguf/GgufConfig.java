// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;

/** What a GGUF file says about its model, as a {@link ModelConfig}. */
public final class GgufConfig {
    private static final Set<String> INTERLEAVED = Set.of("llama", "mistral");
    private static final Set<String> HALVES = Set.of("qwen2", "qwen3");
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_POSITIONS = 1 << 24;
    private static final int MAX_HEADS = 1 << 12;
    private static final int MAX_LAYERS = 1 << 10;
    private static final int MAX_VOCABULARY = 1 << 22;
    private static final int CONTROL_TOKEN = 3;
    private static final int USER_DEFINED_TOKEN = 4;
    /** Names of control tokens that end a turn, whatever the file says of its end of text. */
    private static final Set<String> END_OF_TURN = Set.of(
            "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<end_of_turn>");

    /** Ways of splitting words whose vocabularies put a begin-of-text token in front. */
    private static final Set<String> BEGIN_WITH_BOS = Set.of("llama3", "llama-v3", "llama-bpe");

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final String architecture;

    private GgufConfig(GgufFile file, String architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    /** Reads the configuration; throws {@link ModelFileException} for an architecture or a feature that we do not have. */
    public static ModelConfig read(GgufFile file) {
        String architecture = file.metadata().string("general.architecture");
        if (!INTERLEAVED.contains(architecture) && !HALVES.contains(architecture)) {
            throw file.metadata()
                    .wrong(
                            "general.architecture",
                            "is " + architecture + ", wanted one of llama, mistral, qwen2, qwen3");
        }
        return new GgufConfig(file, architecture).config();
    }

    private static OptionalInt specialId(GgufMetadata metadata, String name, int vocabulary) {
        OptionalInt id = metadata.tryInteger("tokenizer.ggml." + name + "_token_id", -1, vocabulary - 1);
        return id.isPresent() && id.getAsInt() < 0 ? OptionalInt.empty() : id;
    }

    private ModelConfig config() {
        if (metadata.tryInteger(key("expert_count"), 0, MAX_WIDTH).orElse(0) > 0) {
            throw metadata.wrong(key("expert_count"), "is above 0: mixtures of experts are not read");
        }
        int hidden = metadata.integer(key("embedding_length"), 1, MAX_WIDTH);
        int heads = metadata.integer(key("attention.head_count"), 1, MAX_HEADS);
        int kvHeads =
                metadata.tryInteger(key("attention.head_count_kv"), 1, heads).orElse(heads);
        if (heads % kvHeads != 0) {
            throw metadata.wrong(key("attention.head_count_kv"), "is " + kvHeads + ", wanted a divisor of " + heads);
        }
        int headDim = headDim(hidden, heads);
        Rope rope = rope(headDim);
        int trained = metadata.integer(key("context_length"), 1, MAX_POSITIONS);
        Tensor embedding = file.tensors().get("token_embd.weight");
        if (embedding == null) {
            throw new ModelFileException(file.path(), 0, "tensor token_embd.weight is missing");
        }
        int vocabulary = embedding.rows();
        if (vocabulary > MAX_VOCABULARY) {
            throw new ModelFileException(
                    file.path(),
                    0,
                    "tensor token_embd.weight has " + vocabulary + " rows, wanted at most " + MAX_VOCABULARY);
        }
        OptionalInt bos = specialId(metadata, "bos", vocabulary);
        return new ModelConfig(
                architecture,
                metadata.tryString("general.name").orElseGet(this::fileName),
                vocabulary,
                metadata.integer(key("block_count"), 1, MAX_LAYERS),
                hidden,
                metadata.integer(key("feed_forward_length"), 1, MAX_WIDTH),
                heads,
                kvHeads,
                headDim,
                rope.scaledPositions(trained),
                (float) positive(key("attention.layer_norm_rms_epsilon")),
                metadata.tryInteger(key("attention.sliding_window"), 0, Integer.MAX_VALUE)
                        .orElse(0),
                !file.tensors().containsKey("output.weight"),
                rope,
                bos.orElse(-1),
                bos.isPresent() && addBos(),
                endOfGeneration(vocabulary));
    }

    private String key(String name) {
        return architecture + "." + name;
    }

    private String fileName() {
        return String.valueOf(file.path().getFileName()).replaceFirst("\\.gguf$", "");
    }

    private int headDim(int hidden, int heads) {
        OptionalInt given = metadata.tryInteger(key("attention.key_length"), 2, MAX_HEADS);
        if (given.isEmpty() && hidden % heads != 0) {
            throw metadata.wrong(key("attention.head_count"), "is " + heads + ", wanted a divisor of " + hidden);
        }
        int headDim = given.orElse(hidden / heads);
        String valueLength = key("attention.value_length");
        if (metadata.tryInteger(valueLength, 1, MAX_HEADS).orElse(headDim) != headDim) {
            throw metadata.wrong(valueLength, "differs from the length of keys, " + headDim);
        }
        return headDim;
    }

    private double positive(String key) {
        double value = metadata.number(key);
        if (value <= 0) {
            throw metadata.wrong(key, "is " + value + ", wanted more than 0");
        }
        return value;
    }

    private double positive(String key, double otherwise) {
        return metadata.has(key) ? positive(key) : otherwise;
    }

    private Rope rope(int headDim) {
        String dimensions = key("rope.dimension_count");
        int dims = metadata.tryInteger(dimensions, 2, headDim).orElse(headDim);
        if (dims % 2 != 0) {
            throw metadata.wrong(dimensions, "is " + dims + ", wanted an even number");
        }
        RopeScaling scaling = scaling();
        double factor = 0;
        int original = 0;
        double attention = 0;
        if (scaling != RopeScaling.NONE) {
            factor = positive(key("rope.scaling.factor"), positive(key("rope.scale_linear"), 1));
        }
        if (scaling == RopeScaling.YARN || scaling == RopeScaling.LONGROPE) {
            original = metadata.tryInteger(key("rope.scaling.original_context_length"), 1, MAX_POSITIONS)
                    .orElseGet(() -> metadata.integer(key("context_length"), 1, MAX_POSITIONS));
            double given = positive(key("rope.scaling.attn_factor"), 1);
            // For YaRN the file's number multiplies the rule's own, for LongRoPE it is the whole.
            attention = scaling == RopeScaling.YARN ? given * (1 + 0.1 * Math.log(Math.max(1, factor))) : given;
        }
        boolean yarn = scaling == RopeScaling.YARN;
        boolean longRope = scaling == RopeScaling.LONGROPE;
        return new Rope(
                INTERLEAVED.contains(architecture) ? RopeLayout.INTERLEAVED : RopeLayout.HALVES,
                dims,
                positive(key("rope.freq_base"), 10000),
                scaling,
                factor,
                original,
                attention,
                yarn ? positive(key("rope.scaling.yarn_beta_fast"), 32) : 0,
                yarn ? positive(key("rope.scaling.yarn_beta_slow"), 1) : 0,
                0,
                0,
                factors(longRope ? "rope_factors_short.weight" : "rope_freqs.weight", dims / 2, longRope),
                longRope ? factors("rope_factors_long.weight", dims / 2, true) : new float[0]);
    }

    private RopeScaling scaling() {
        String key = key("rope.scaling.type");
        String type = metadata.tryString(key).orElse(metadata.has(key("rope.scale_linear")) ? "linear" : "none");
        return switch (type) {
            case "none" -> RopeScaling.NONE;
            case "linear" -> RopeScaling.LINEAR;
            case "yarn" -> RopeScaling.YARN;
            case "longrope" -> RopeScaling.LONGROPE;
            default -> throw metadata.wrong(key, "is " + type + ", wanted none, linear, yarn or longrope");
        };
    }

    private float[] factors(String name, int count, boolean required) {
        Tensor tensor = file.tensors().get(name);
        if (tensor == null && !required) {
            return new float[0];
        }
        if (tensor == null || !tensor.type().isFloat() || tensor.rows() != 1 || tensor.columns() != count) {
            throw new ModelFileException(
                    file.path(),
                    0,
                    "wanted tensor " + name + " with " + count + " floats, found "
                            + (tensor == null
                                    ? "none"
                                    : tensor.type() + " " + tensor.rows() + " x " + tensor.columns()));
        }
        float[] factors = new float[count];
        Dequantizer.of(tensor).row(0, factors);
        for (float factor : factors) {
            if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
                throw new ModelFileException(
                        file.path(), 0, "tensor " + name + " has " + factor + ", wanted more than 0");
            }
        }
        return factors;
    }

    private boolean addBos() {
        // SentencePiece vocabularies and Llama 3's begin with one unless the file says otherwise.
        return metadata.tryFlag("tokenizer.ggml.add_bos_token")
                .orElseGet(() ->
                        metadata.tryString("tokenizer.ggml.model").orElse("").equals("llama")
                                || BEGIN_WITH_BOS.contains(
                                        metadata.tryString("tokenizer.ggml.pre").orElse("")));
    }

    private Set<Integer> endOfGeneration(int vocabulary) {
        Set<Integer> ids = new TreeSet<>();
        for (String key : List.of("eos", "eot", "eom")) {
            specialId(metadata, key, vocabulary).ifPresent(ids::add);
        }
        if (metadata.has("tokenizer.ggml.tokens") && metadata.has("tokenizer.ggml.token_type")) {
            List<String> tokens = metadata.strings("tokenizer.ggml.tokens");
            int[] types = metadata.integers("tokenizer.ggml.token_type");
            for (int id = 0; id < Math.min(Math.min(types.length, tokens.size()), vocabulary); id++) {
                boolean special = types[id] == CONTROL_TOKEN || types[id] == USER_DEFINED_TOKEN;
                if (special && END_OF_TURN.contains(tokens.get(id))) {
                    ids.add(id);
                }
            }
        }
        return Set.copyOf(ids);
    }
}
