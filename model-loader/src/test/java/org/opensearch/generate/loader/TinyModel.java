// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.opensearch.generate.loader.gguf.TinyGguf;
import org.opensearch.generate.loader.json.TinyJson;
import org.opensearch.generate.loader.safetensors.TinySafetensors;

/**
 * A model of random weights, small enough to be made in each test: two layers, 256 wide, with a vocabulary of bytes. The same
 * seed gives the same weights. Written as GGUF (any tensor type) or as a Hugging Face folder (F32, F16, BF16); of a float type
 * both hold the same model.
 *
 * @param architecture {@code llama}, {@code mistral}, {@code qwen2} or {@code qwen3}
 * @param type type of the matrices; norms and biases are F32 in GGUF
 * @param tied whether there is no output matrix
 * @param seed seed of the weights
 * @param extra further GGUF keys without the architecture's prefix, or entries of {@code config.json}; they replace ours
 */
public record TinyModel(String architecture, TensorType type, boolean tied, long seed, Map<String, Object> extra) {
    public static final int LAYERS = 2;
    public static final int HIDDEN = 256;
    public static final int FEED_FORWARD = 512;
    public static final int HEADS = 8;
    public static final int KV_HEADS = 2;
    public static final int HEAD_DIM = 32;
    public static final int VOCABULARY = 272;
    public static final int CONTEXT = 512;

    /** Writes one tensor. */
    private interface Sink {
        void add(String name, TensorType type, int rows, int columns, byte[] data);
    }

    /** A model with Q8_0 matrices and an output matrix. */
    public static TinyModel of(String architecture) {
        return new TinyModel(architecture, TensorType.Q8_0, false, 1, Map.of());
    }

    public TinyModel withType(TensorType other) {
        return new TinyModel(architecture, other, tied, seed, extra);
    }

    public TinyModel withTied(boolean other) {
        return new TinyModel(architecture, type, other, seed, extra);
    }

    public TinyModel withSeed(long other) {
        return new TinyModel(architecture, type, tied, other, extra);
    }

    public TinyModel withExtra(Map<String, Object> other) {
        return new TinyModel(architecture, type, tied, seed, other);
    }

    /** Writes {@code tiny-ARCHITECTURE.gguf} into a folder. */
    public Path writeGguf(Path folder) throws IOException {
        return gguf().write(folder.resolve("tiny-" + architecture + ".gguf"));
    }

    /** The model as GGUF, to which more can be added. */
    public TinyGguf gguf() {
        boolean interleaved = architecture.equals("llama") || architecture.equals("mistral");
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", architecture);
        keys.put("general.name", "tiny " + architecture);
        keys.put(architecture + ".context_length", CONTEXT);
        keys.put(architecture + ".embedding_length", HIDDEN);
        keys.put(architecture + ".block_count", LAYERS);
        keys.put(architecture + ".feed_forward_length", FEED_FORWARD);
        keys.put(architecture + ".attention.head_count", HEADS);
        keys.put(architecture + ".attention.head_count_kv", KV_HEADS);
        keys.put(architecture + ".attention.key_length", HEAD_DIM);
        keys.put(architecture + ".attention.value_length", HEAD_DIM);
        keys.put(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
        keys.put(architecture + ".rope.freq_base", 10000f);
        extra.forEach((key, value) -> keys.put(architecture + "." + key, value));
        keys.putAll(interleaved ? TinyVocabulary.sentencePiece(VOCABULARY) : TinyVocabulary.byteLevel(VOCABULARY));
        TinyGguf gguf = new TinyGguf().putAll(keys);
        tensors((name, tensorType, rows, columns, data) ->
                gguf.tensor(name, tensorType, rows, columns, interleaved ? interleave(name, data) : data));
        return gguf;
    }

    /** Writes the files of a Hugging Face folder into {@code folder}. */
    public Path writeHuggingFace(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), TinyJson.of(config()));
        Files.writeString(folder.resolve("tokenizer.json"), TinyJson.of(TinyVocabulary.tokenizerJson(VOCABULARY)));
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                TinyJson.of(
                        Map.of("add_bos_token", true, "bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>")));
        TinySafetensors safetensors = new TinySafetensors();
        tensors((name, tensorType, rows, columns, data) ->
                safetensors.tensor(huggingFaceName(name), tensorType, rows, columns, data));
        safetensors.write(folder.resolve("model.safetensors"));
        return folder;
    }

    /** Writes the tensors alone, into two files by turns; returns the file of each, as an index names it. */
    public Map<String, String> writeShards(Path folder) throws IOException {
        List<TinySafetensors> shards = List.of(new TinySafetensors(), new TinySafetensors());
        Map<String, String> files = new LinkedHashMap<>();
        tensors((name, tensorType, rows, columns, data) -> {
            int shard = files.size() % 2;
            files.put(huggingFaceName(name), "model-0000" + (shard + 1) + "-of-00002.safetensors");
            shards.get(shard).tensor(huggingFaceName(name), tensorType, rows, columns, data);
        });
        for (int shard = 0; shard < 2; shard++) {
            shards.get(shard).write(folder.resolve("model-0000" + (shard + 1) + "-of-00002.safetensors"));
        }
        return files;
    }

    /** The content of {@code config.json}. */
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("LlamaForCausalLM"));
        config.put("model_type", architecture);
        config.put("vocab_size", VOCABULARY);
        config.put("hidden_size", HIDDEN);
        config.put("intermediate_size", FEED_FORWARD);
        config.put("num_hidden_layers", LAYERS);
        config.put("num_attention_heads", HEADS);
        config.put("num_key_value_heads", KV_HEADS);
        config.put("head_dim", HEAD_DIM);
        config.put("hidden_act", "silu");
        config.put("max_position_embeddings", CONTEXT);
        config.put("rms_norm_eps", 1e-5);
        config.put("rope_theta", 10000.0);
        config.put("tie_word_embeddings", tied);
        config.put("bos_token_id", 0);
        config.put("eos_token_id", 1);
        config.putAll(extra);
        return config;
    }

    private void tensors(Sink sink) {
        Random random = new Random(seed);
        matrix(sink, random, "token_embd.weight", VOCABULARY, HIDDEN, 1);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            norm(sink, random, block + "attn_norm.weight", HIDDEN);
            matrix(sink, random, block + "attn_q.weight", HEADS * HEAD_DIM, HIDDEN, 2);
            matrix(sink, random, block + "attn_k.weight", KV_HEADS * HEAD_DIM, HIDDEN, 2);
            matrix(sink, random, block + "attn_v.weight", KV_HEADS * HEAD_DIM, HIDDEN, 1);
            matrix(sink, random, block + "attn_output.weight", HIDDEN, HEADS * HEAD_DIM, 1);
            if (architecture.equals("qwen2")) {
                bias(sink, random, block + "attn_q.bias", HEADS * HEAD_DIM);
                bias(sink, random, block + "attn_k.bias", KV_HEADS * HEAD_DIM);
                bias(sink, random, block + "attn_v.bias", KV_HEADS * HEAD_DIM);
            }
            if (architecture.equals("qwen3")) {
                norm(sink, random, block + "attn_q_norm.weight", HEAD_DIM);
                norm(sink, random, block + "attn_k_norm.weight", HEAD_DIM);
            }
            norm(sink, random, block + "ffn_norm.weight", HIDDEN);
            matrix(sink, random, block + "ffn_gate.weight", FEED_FORWARD, HIDDEN, 1);
            matrix(sink, random, block + "ffn_up.weight", FEED_FORWARD, HIDDEN, 1);
            matrix(sink, random, block + "ffn_down.weight", HIDDEN, FEED_FORWARD, 1);
        }
        norm(sink, random, "output_norm.weight", HIDDEN);
        if (!tied) {
            matrix(sink, random, "output.weight", VOCABULARY, HIDDEN, 4);
        }
    }

    private void matrix(Sink sink, Random random, String name, int rows, int columns, float gain) {
        float deviation = gain / (float) Math.sqrt(columns);
        sink.add(name, type, rows, columns, TinyTensors.random(type, rows * columns, deviation, random));
    }

    private static void norm(Sink sink, Random random, String name, int elements) {
        float[] values = TinyTensors.random(elements, 0.1f, random);
        for (int i = 0; i < elements; i++) {
            values[i] += 1;
        }
        sink.add(name, TensorType.F32, 1, elements, TinyTensors.floats(TensorType.F32, values));
    }

    private static void bias(Sink sink, Random random, String name, int elements) {
        float[] values = TinyTensors.random(elements, 0.2f, random);
        sink.add(name, TensorType.F32, 1, elements, TinyTensors.floats(TensorType.F32, values));
    }

    /** Rows of queries and keys of each head in the order of GGUF's llama: row {@code i} of the first half, then of the second. */
    private static byte[] interleave(String name, byte[] data) {
        if (!name.endsWith("attn_q.weight") && !name.endsWith("attn_k.weight")) {
            return data;
        }
        int rowBytes = data.length / (name.endsWith("attn_q.weight") ? HEADS * HEAD_DIM : KV_HEADS * HEAD_DIM);
        byte[] permuted = new byte[data.length];
        for (int row = 0; row < data.length / rowBytes; row++) {
            int head = row / HEAD_DIM * HEAD_DIM;
            int inHead = row % HEAD_DIM;
            int half = inHead / (HEAD_DIM / 2);
            int target = head + inHead % (HEAD_DIM / 2) * 2 + half;
            System.arraycopy(data, row * rowBytes, permuted, target * rowBytes, rowBytes);
        }
        return permuted;
    }

    private static String huggingFaceName(String name) {
        if (!name.startsWith("blk.")) {
            return switch (name) {
                case "token_embd.weight" -> "model.embed_tokens.weight";
                case "output_norm.weight" -> "model.norm.weight";
                case "output.weight" -> "lm_head.weight";
                default -> throw new IllegalArgumentException(name);
            };
        }
        return "model.layers."
                + name.substring("blk.".length())
                        .replace("attn_q_norm", "self_attn.q_norm")
                        .replace("attn_k_norm", "self_attn.k_norm")
                        .replace("attn_norm", "input_layernorm")
                        .replace("ffn_norm", "post_attention_layernorm")
                        .replace("attn_q.", "self_attn.q_proj.")
                        .replace("attn_k.", "self_attn.k_proj.")
                        .replace("attn_v.", "self_attn.v_proj.")
                        .replace("attn_output.", "self_attn.o_proj.")
                        .replace("ffn_gate", "mlp.gate_proj")
                        .replace("ffn_up", "mlp.up_proj")
                        .replace("ffn_down", "mlp.down_proj");
    }
}
