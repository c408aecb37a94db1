// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.gguf.GgufMetadata;

/**
 * A GGUF vocabulary in the form of a {@code tokenizer.json}.
 *
 * <p>{@code tokenizer.ggml.model} {@code llama} is SentencePiece's BPE: it has scores instead of merges, falls back to bytes and
 * writes a space as U+2581. The merges are every way to cut a piece into two pieces, best score first, as Hugging Face's
 * converter makes them. {@code gpt2} is byte-level BPE with merges of its own and a way of splitting named by
 * {@code tokenizer.ggml.pre}.
 */
final class GgufVocabulary {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int MAX_PIECE_CHARS = 1024;
    private static final int MAX_MERGES = 1 << 22;
    private static final String SPACE = "\u2581";
    private static final List<String> SPECIAL_IDS =
            List.of("bos", "eos", "eot", "eom", "unknown", "padding", "separator", "cls", "mask");

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final int[] types;
    private final Set<String> control = new HashSet<>();

    GgufVocabulary(GgufMetadata metadata) {
        this.metadata = metadata;
        tokens = metadata.strings("tokenizer.ggml.tokens");
        if (tokens.isEmpty()) {
            throw metadata.wrong("tokenizer.ggml.tokens", "is empty, wanted a vocabulary");
        }
        types = types();
        for (String name : SPECIAL_IDS) {
            specialId(name).ifPresent(id -> types[id] = name.equals("unknown") ? UNKNOWN : CONTROL);
        }
        for (int id = 0; id < types.length; id++) {
            String token = tokens.get(id);
            if (types[id] == NORMAL && token.length() > 4 && token.startsWith("<|") && token.endsWith("|>")) {
                types[id] = CONTROL;
            }
            if (types[id] == CONTROL || types[id] == UNKNOWN) {
                control.add(token);
            }
        }
    }

    /** Texts of tokens that never stand for text. */
    Set<String> control() {
        return control;
    }

    /** Text of the token put in front of a prompt; {@code null} for none. */
    @Nullable
    String bos() {
        OptionalInt id = specialId("bos");
        return id.isPresent() ? tokens.get(id.getAsInt()) : null;
    }

    /** The whole as {@code tokenizer.json}. */
    JsonObject toTokenizerJson() {
        String kind = metadata.string("tokenizer.ggml.model");
        return switch (kind) {
            case "llama" -> sentencePiece();
            case "gpt2" -> byteLevel();
            default -> throw metadata.wrong("tokenizer.ggml.model", "is " + kind + ", wanted llama or gpt2");
        };
    }

    private int[] types() {
        if (!metadata.has("tokenizer.ggml.token_type")) {
            int[] all = new int[tokens.size()];
            Arrays.fill(all, NORMAL);
            return all;
        }
        int[] given = metadata.integers("tokenizer.ggml.token_type");
        if (given.length != tokens.size()) {
            throw metadata.wrong(
                    "tokenizer.ggml.token_type",
                    "has " + given.length + " items, wanted " + tokens.size() + ", one a token");
        }
        return given;
    }

    private OptionalInt specialId(String name) {
        OptionalInt id = metadata.tryInteger("tokenizer.ggml." + name + "_token_id", -1, Integer.MAX_VALUE);
        return id.isPresent() && id.getAsInt() >= 0 && id.getAsInt() < tokens.size() ? id : OptionalInt.empty();
    }

    private JsonObject sentencePiece() {
        float[] scores = metadata.floats("tokenizer.ggml.scores");
        if (scores.length != tokens.size()) {
            throw metadata.wrong("tokenizer.ggml.scores", "has " + scores.length + " items, wanted " + tokens.size());
        }
        JsonObject model = model(mergesOf(scores));
        model.addProperty("byte_fallback", true);
        model.addProperty("fuse_unk", true);
        for (int id = 0; id < types.length; id++) {
            if (types[id] == UNKNOWN) {
                model.addProperty("unk_token", tokens.get(id));
            }
        }
        boolean prefix = metadata.tryFlag("tokenizer.ggml.add_space_prefix").orElse(true);
        JsonArray normalizers = new JsonArray();
        if (prefix) {
            JsonObject prepend = PreTokenizers.type("Prepend");
            prepend.addProperty("prepend", SPACE);
            normalizers.add(prepend);
        }
        normalizers.add(replace(" ", SPACE));
        JsonObject normalizer = PreTokenizers.type("Sequence");
        normalizer.add("normalizers", normalizers);
        JsonArray decoders = new JsonArray();
        decoders.add(replace(SPACE, " "));
        decoders.add(PreTokenizers.type("ByteFallback"));
        decoders.add(PreTokenizers.type("Fuse"));
        if (prefix) {
            JsonObject strip = PreTokenizers.type("Strip");
            strip.addProperty("content", " ");
            strip.addProperty("start", 1);
            strip.addProperty("stop", 0);
            decoders.add(strip);
        }
        JsonObject decoder = PreTokenizers.type("Sequence");
        decoder.add("decoders", decoders);
        return root(normalizer, null, model, decoder);
    }

    private JsonObject byteLevel() {
        String pre = metadata.tryString("tokenizer.ggml.pre").orElse("default");
        PreTokenizers.Splitting splitting = PreTokenizers.tryOf(pre)
                .orElseThrow(() ->
                        metadata.wrong("tokenizer.ggml.pre", "is " + pre + ", wanted one of " + PreTokenizers.names()));
        JsonArray merges = new JsonArray();
        for (String merge : metadata.strings("tokenizer.ggml.merges")) {
            merges.add(merge);
        }
        JsonObject model = model(merges);
        model.addProperty("ignore_merges", splitting.ignoreMerges());
        JsonObject normalizer = splitting.nfc() ? PreTokenizers.type("NFC") : null;
        return root(normalizer, splitting.preTokenizer(), model, PreTokenizers.byteLevel(true));
    }

    private JsonObject model(JsonArray merges) {
        JsonObject vocabulary = new JsonObject();
        for (int id = 0; id < types.length; id++) {
            String token = tokens.get(id);
            if (vocabulary.has(token)) {
                token += "\uFDD0" + id;
            }
            vocabulary.addProperty(token, id);
        }
        JsonObject model = PreTokenizers.type("BPE");
        model.add("vocab", vocabulary);
        model.add("merges", merges);
        return model;
    }

    private JsonObject root(
            @Nullable JsonObject normalizer, @Nullable JsonObject preTokenizer, JsonObject model, JsonObject decoder) {
        JsonArray added = new JsonArray();
        for (int id = 0; id < types.length; id++) {
            if (types[id] == CONTROL || types[id] == UNKNOWN || types[id] == USER_DEFINED) {
                JsonObject token = new JsonObject();
                token.addProperty("id", id);
                token.addProperty("content", tokens.get(id));
                token.addProperty("special", types[id] != USER_DEFINED);
                for (String rule : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                    token.addProperty(rule, false);
                }
                added.add(token);
            }
        }
        JsonObject root = new JsonObject();
        root.addProperty("version", "1.0");
        root.add("added_tokens", added);
        root.add("normalizer", normalizer == null ? JsonNull.INSTANCE : normalizer);
        root.add("pre_tokenizer", preTokenizer == null ? JsonNull.INSTANCE : preTokenizer);
        root.add("decoder", decoder);
        root.add("model", model);
        return root;
    }

    private static JsonObject replace(String from, String to) {
        JsonObject pattern = new JsonObject();
        pattern.addProperty("String", from);
        JsonObject replace = PreTokenizers.type("Replace");
        replace.add("pattern", pattern);
        replace.addProperty("content", to);
        return replace;
    }

    /** A way to cut a piece in two. */
    private record Cut(String left, String right, float score, int leftId, int rightId) {}

    private JsonArray mergesOf(float[] scores) {
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < types.length; id++) {
            if (types[id] == NORMAL || types[id] == USER_DEFINED) {
                ids.putIfAbsent(tokens.get(id), id);
            }
        }
        List<Cut> cuts = new ArrayList<>();
        for (int id = 0; id < types.length; id++) {
            String piece = tokens.get(id);
            if (!Integer.valueOf(id).equals(ids.get(piece))) {
                continue;
            }
            if (piece.length() > MAX_PIECE_CHARS || cuts.size() > MAX_MERGES) {
                throw metadata.wrong(
                        "tokenizer.ggml.tokens",
                        "has a piece of " + piece.length() + " characters after " + cuts.size()
                                + " merges, wanted at most " + MAX_PIECE_CHARS + " after at most " + MAX_MERGES);
            }
            int first = cuts.size();
            for (int at = 1; at < piece.length(); at++) {
                Integer left = ids.get(piece.substring(0, at));
                Integer right = left == null ? null : ids.get(piece.substring(at));
                if (left != null && right != null) {
                    cuts.add(new Cut(tokens.get(left), tokens.get(right), scores[id], left, right));
                }
            }
            cuts.subList(first, cuts.size())
                    .sort((a, b) -> a.leftId != b.leftId
                            ? Integer.compare(a.leftId, b.leftId)
                            : Integer.compare(a.rightId, b.rightId));
        }
        cuts.sort((a, b) -> {
            int byScore = Float.compare(b.score, a.score);
            int byLeft = byScore != 0 ? byScore : Integer.compare(b.left.length(), a.left.length());
            return byLeft != 0 ? byLeft : Integer.compare(b.right.length(), a.right.length());
        });
        JsonArray merges = new JsonArray(cuts.size());
        for (Cut cut : cuts) {
            JsonArray pair = new JsonArray(2);
            pair.add(cut.left);
            pair.add(cut.right);
            merges.add(pair);
        }
        return merges;
    }
}
