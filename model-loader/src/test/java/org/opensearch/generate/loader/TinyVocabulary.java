// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Vocabularies without merges, for models that need a tokenizer: {@code <s>} is 0, {@code </s>} is 1, {@code <unk>} is 2; then one
 * token for each byte; then tokens that no text gives, up to the wanted size.
 */
final class TinyVocabulary {
    private static final int FIRST_BYTE = 3;
    private static final int SMALLEST = FIRST_BYTE + 256 + 1;

    private TinyVocabulary() {}

    /** SentencePiece-style, as GGUF keys. */
    static Map<String, Object> sentencePiece(int size) {
        List<String> tokens = new ArrayList<>(List.of("<s>", "</s>", "<unk>"));
        int[] types = new int[size];
        Arrays.fill(types, 1);
        types[0] = 3;
        types[1] = 3;
        types[2] = 2;
        for (int i = 0; i < 256; i++) {
            tokens.add(String.format("<0x%02X>", i));
            types[FIRST_BYTE + i] = 6;
        }
        tokens.add("\u2581");
        fill(tokens, size);
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            scores[i] = -i;
        }
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", "llama");
        keys.put("tokenizer.ggml.tokens", tokens);
        keys.put("tokenizer.ggml.scores", scores);
        keys.put("tokenizer.ggml.token_type", types);
        keys.putAll(special());
        return keys;
    }

    /** Byte-level, as GGUF keys. */
    static Map<String, Object> byteLevel(int size) {
        int[] types = new int[size];
        Arrays.fill(types, 1);
        Arrays.fill(types, 0, FIRST_BYTE, 3);
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.model", "gpt2");
        keys.put("tokenizer.ggml.pre", "qwen2");
        keys.put("tokenizer.ggml.tokens", byteLevelTokens(size));
        keys.put("tokenizer.ggml.token_type", types);
        keys.put("tokenizer.ggml.merges", List.of());
        keys.putAll(special());
        return keys;
    }

    private static Map<String, Object> special() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("tokenizer.ggml.bos_token_id", 0);
        keys.put("tokenizer.ggml.eos_token_id", 1);
        keys.put("tokenizer.ggml.unknown_token_id", 2);
        keys.put("tokenizer.ggml.add_bos_token", true);
        return keys;
    }

    /** Byte-level, as the content of {@code tokenizer.json}. */
    static Map<String, Object> tokenizerJson(int size) {
        List<String> tokens = byteLevelTokens(size);
        Map<String, Object> vocabulary = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            vocabulary.put(tokens.get(i), i);
        }
        List<Object> added = new ArrayList<>();
        for (int i = 0; i < FIRST_BYTE; i++) {
            Map<String, Object> token = new LinkedHashMap<>();
            token.put("id", i);
            token.put("content", tokens.get(i));
            for (String rule : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                token.put(rule, false);
            }
            token.put("special", true);
            added.add(token);
        }
        Map<String, Object> byteLevel =
                Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", true);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", "1.0");
        json.put("truncation", null);
        json.put("padding", null);
        json.put("added_tokens", added);
        json.put("normalizer", null);
        json.put("pre_tokenizer", byteLevel);
        json.put("post_processor", null);
        json.put("decoder", byteLevel);
        json.put("model", Map.of("type", "BPE", "vocab", vocabulary, "merges", List.of()));
        return json;
    }

    /** The byte-level alphabet stands for bytes in the order of the characters it uses, as in GPT-2. */
    private static List<String> byteLevelTokens(int size) {
        List<String> tokens = new ArrayList<>(List.of("<s>", "</s>", "<unk>"));
        int substitutes = 0;
        for (int i = 0; i < 256; i++) {
            boolean printable = (i >= '!' && i <= '~') || (i >= 0xA1 && i != 0xAD);
            tokens.add(Character.toString(printable ? i : 256 + substitutes++));
        }
        fill(tokens, size);
        return tokens;
    }

    private static void fill(List<String> tokens, int size) {
        if (size < SMALLEST) {
            throw new IllegalArgumentException("vocabulary of " + size + ", wanted at least " + SMALLEST);
        }
        for (int i = tokens.size(); i < size; i++) {
            tokens.add("\u2603" + i);
        }
    }
}
