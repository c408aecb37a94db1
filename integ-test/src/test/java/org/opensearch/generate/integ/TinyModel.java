// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Models of 2 million parameters that speak ChatML, one token a byte.
 *
 * <h2>Idea</h2>
 * A token's embedding is ten times a unit vector of its own, so that the final norm finds the token again whatever the two
 * (random) layers add. The output matrix then says which token follows which: {@link #scripted} follows a text, each
 * character of which leads to the next, and ends; {@link #endless} has random printable followers and ends only by its
 * limit.
 */
final class TinyModel {
    private static final int WIDTH = 384;
    private static final int KEY_WIDTH = 128;
    private static final int INNER = 512;
    private static final int LAYERS = 2;
    private static final int BYTES = 256;
    private static final int END = 256;
    private static final int START = 257;
    private static final int VOCABULARY = 258;
    /** Most tokens of prompt and answer. */
    static final int CONTEXT = 32768;

    private static final String TEMPLATE = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
            + "{{ message['content'] }}<|im_end|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private TinyModel() {}

    /** Writes a model whose answer is always this text; none of its characters may come twice. */
    static void scripted(Path file, String answer) throws IOException {
        scripted(file, answer, LAYERS);
    }

    /** The same with other than the usual number of layers. */
    static void scripted(Path file, String answer, int layers) throws IOException {
        if (answer.chars().distinct().count() != answer.length()) {
            throw new IllegalArgumentException("a character comes twice in: " + answer);
        }
        float[] output = new float[VOCABULARY * WIDTH];
        int previous = '\n';
        for (int character : answer.chars().toArray()) {
            output[character * WIDTH + previous] = 1;
            previous = character;
        }
        output[END * WIDTH + previous] = 1;
        write(file, layers, 0.02f, output);
    }

    /** Writes a model that babbles until its limit. */
    static void endless(Path file) throws IOException {
        float[] output = new float[VOCABULARY * WIDTH];
        Random random = new Random(7);
        for (int character = ' '; character <= '~'; character++) {
            for (int column = 0; column < WIDTH; column++) {
                output[character * WIDTH + column] = (float) random.nextGaussian() * 0.15f;
            }
        }
        write(file, LAYERS, 0.1f, output);
    }

    /** Writes a model whose answers begin with {@code Y} or {@code N}, whichever; how likely either is depends on what it read. */
    static void judging(Path file) throws IOException {
        float[] output = new float[VOCABULARY * WIDTH];
        Random random = new Random(11);
        for (int character : new int[] {'Y', 'N'}) {
            for (int column = 0; column < WIDTH; column++) {
                output[character * WIDTH + column] = (float) random.nextGaussian() * 0.15f;
            }
            output[character * WIDTH + '\n'] = 1;
        }
        write(file, LAYERS, 0.1f, output);
    }

    private static void write(Path file, int layers, float layerScale, float[] output) throws IOException {
        Random random = new Random(42);
        GgufWriter gguf = new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "tiny")
                .put("llama.context_length", CONTEXT)
                .put("llama.embedding_length", WIDTH)
                .put("llama.block_count", layers)
                .put("llama.feed_forward_length", INNER)
                .put("llama.attention.head_count", 6)
                .put("llama.attention.head_count_kv", 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.dimension_count", 64)
                .put("llama.rope.freq_base", 10000f)
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "gpt-2")
                .putStrings("tokenizer.ggml.tokens", tokens())
                .putInts("tokenizer.ggml.token_type", types())
                .putStrings("tokenizer.ggml.merges", List.of())
                .put("tokenizer.ggml.eos_token_id", END)
                .put("tokenizer.chat_template", TEMPLATE);
        float[] embedding = new float[VOCABULARY * WIDTH];
        for (int token = 0; token < VOCABULARY; token++) {
            embedding[token * WIDTH + token] = 10;
        }
        gguf.tensor("token_embd.weight", VOCABULARY, WIDTH, embedding);
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            gguf.tensor(block + "attn_norm.weight", 1, WIDTH, ones());
            gguf.tensor(block + "attn_q.weight", WIDTH, WIDTH, noise(random, WIDTH * WIDTH, layerScale));
            gguf.tensor(block + "attn_k.weight", KEY_WIDTH, WIDTH, noise(random, KEY_WIDTH * WIDTH, layerScale));
            gguf.tensor(block + "attn_v.weight", KEY_WIDTH, WIDTH, noise(random, KEY_WIDTH * WIDTH, layerScale));
            gguf.tensor(block + "attn_output.weight", WIDTH, WIDTH, noise(random, WIDTH * WIDTH, layerScale));
            gguf.tensor(block + "ffn_norm.weight", 1, WIDTH, ones());
            gguf.tensor(block + "ffn_gate.weight", INNER, WIDTH, noise(random, INNER * WIDTH, layerScale));
            gguf.tensor(block + "ffn_up.weight", INNER, WIDTH, noise(random, INNER * WIDTH, layerScale));
            gguf.tensor(block + "ffn_down.weight", WIDTH, INNER, noise(random, WIDTH * INNER, layerScale));
        }
        gguf.tensor("output_norm.weight", 1, WIDTH, ones());
        gguf.tensor("output.weight", VOCABULARY, WIDTH, output);
        gguf.write(file);
    }

    /** A token a byte, written as GPT-2 writes bytes: printable ones as themselves, the others from U+0100 on. */
    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>();
        int moved = 0;
        for (int value = 0; value < BYTES; value++) {
            boolean printable = (value >= '!' && value <= '~')
                    || (value >= 0xA1 && value <= 0xAC)
                    || (value >= 0xAE && value <= 0xFF);
            tokens.add(Character.toString(printable ? value : 0x100 + moved));
            moved += printable ? 0 : 1;
        }
        tokens.add("<|im_end|>");
        tokens.add("<|im_start|>");
        return tokens;
    }

    private static int[] types() {
        int[] types = new int[VOCABULARY];
        Arrays.fill(types, 1);
        types[END] = 3;
        types[START] = 3;
        return types;
    }

    private static float[] ones() {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static float[] noise(Random random, int length, float scale) {
        float[] noise = new float[length];
        for (int i = 0; i < length; i++) {
            noise[i] = (float) random.nextGaussian() * scale;
        }
        return noise;
    }

    /** Writes a file that begins like a model and then does not keep its word. */
    static void corrupt(Path file) throws IOException {
        Files.write(file, "GGUF\3\0\0\0\7\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
    }
}
