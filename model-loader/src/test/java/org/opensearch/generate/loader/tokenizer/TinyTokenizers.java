// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A small tokenizer of each family that models come with: real structure, few words. */
enum TinyTokenizers {
    /** Llama 2, TinyLlama: bytes fall back, a space is put in front of every stretch of text. */
    SENTENCE_PIECE("""
            {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""", "null", """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"""),

    /** Mistral 0.3: a space is put in front of the whole text only. */
    METASPACE_FIRST("null", """
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}""", """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"""),

    /** Gemma: no space in front. */
    NO_PREFIX("""
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}""", "null", """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}]}"""),

    /** Qwen, Llama 3, SmolLM: bytes written as letters. */
    BYTE_LEVEL("null", "null", PreTokenizers.byteLevel(true).toString());

    private static final List<String> SPECIAL =
            List.of("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|endoftext|>");
    private static final List<String> MARKUP = List.of("<think>", "[INST]");

    private final String normalizer;
    private final String preTokenizer;
    private final String decoder;

    TinyTokenizers(String normalizer, String preTokenizer, String decoder) {
        this.normalizer = normalizer;
        this.preTokenizer = preTokenizer;
        this.decoder = decoder;
    }

    /** A new copy of its {@code tokenizer.json}. */
    JsonObject json() {
        Set<String> vocabulary = new LinkedHashSet<>(SPECIAL);
        boolean byteLevel = this == BYTE_LEVEL;
        for (int value = 0; value < 256; value++) {
            vocabulary.add(byteLevel ? letterOf(value) : "<0x%02X>".formatted(value));
        }
        String space = byteLevel ? "Ġ" : "▁";
        for (int c = 'a'; c <= 'z'; c++) {
            vocabulary.add(String.valueOf((char) c));
        }
        vocabulary.addAll(List.of(space, "<", ">", "|", "/", "im", "<|", "|>", "</", "s>", space + "a", space + space));
        JsonObject ids = new JsonObject();
        for (String token : vocabulary) {
            ids.addProperty(token, ids.size());
        }
        JsonArray merges = new JsonArray();
        List.of("i m", "< |", "| >", "< /", "s >", space + " a", space + " " + space, "</ s>")
                .forEach(merge -> {
                    if (vocabulary.contains(merge.replace(" ", ""))) {
                        merges.add(merge);
                    }
                });
        JsonObject model = PreTokenizers.type("BPE");
        model.add("vocab", ids);
        model.add("merges", merges);
        if (!byteLevel) {
            model.addProperty("byte_fallback", true);
            model.addProperty("unk_token", "<unk>");
        }
        JsonArray added = new JsonArray();
        SPECIAL.forEach(token -> added.add(added(token, ids.get(token).getAsInt(), true)));
        for (String token : MARKUP) {
            added.add(added(token, ids.size() + MARKUP.indexOf(token), false));
        }
        JsonObject root = new JsonObject();
        root.addProperty("version", "1.0");
        root.add("added_tokens", added);
        root.add("normalizer", JsonParser.parseString(normalizer));
        root.add(
                "pre_tokenizer",
                byteLevel
                        ? PreTokenizers.tryOf("qwen2").orElseThrow().preTokenizer()
                        : JsonParser.parseString(preTokenizer));
        root.add("decoder", JsonParser.parseString(decoder));
        root.add("model", model);
        return root;
    }

    /** Ids of tokens that are no control tokens, yet never made of text. */
    Set<Integer> markup() {
        int size = json().getAsJsonObject("model").getAsJsonObject("vocab").size();
        return Set.of(size, size + 1);
    }

    /**
     * What a text is after encoding and decoding: families that write a space as U+2581 take one for the other, and the
     * library's Metaspace puts no space in front of one, but takes it off again.
     */
    String readBack(String text) {
        String spaced = this == BYTE_LEVEL ? text : text.replace('▁', ' ');
        return this == METASPACE_FIRST && spaced.startsWith(" ") ? spaced.substring(1) : spaced;
    }

    private static JsonObject added(String content, int id, boolean special) {
        JsonObject token = new JsonObject();
        token.addProperty("id", id);
        token.addProperty("content", content);
        token.addProperty("special", special);
        for (String rule : List.of("single_word", "lstrip", "normalized")) {
            token.addProperty(rule, false);
        }
        token.addProperty("rstrip", content.equals("<|im_end|>"));
        return token;
    }

    private static String letterOf(int value) {
        for (int c = 0; c < 0x144; c++) {
            byte[] bytes = TokenBytes.ByteLevel.bytes(String.valueOf((char) c));
            if (bytes != null && (bytes[0] & 0xFF) == value) {
                return String.valueOf((char) c);
            }
        }
        throw new AssertionError("no letter for byte " + value);
    }
}
