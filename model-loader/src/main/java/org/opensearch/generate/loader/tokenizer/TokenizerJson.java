// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelFileException;

/**
 * The content of a {@code tokenizer.json}, with its markup tokens put out of reach of text.
 *
 * <h2>Idea</h2>
 *
 * The tokenizers library finds added tokens anywhere in its input, so a passage that contains {@code <|im_end|>} would end
 * its role. Here every markup token (special, or written like {@code <…>} or {@code […]}) gets another spelling, a marker
 * with a random part, in the copy of the definition that the library is given. {@link DjlTokenizer} writes that marker where
 * the token is meant, and the library does the rest: one call for the whole prompt, hence the ids of the whole text, with
 * stripping beside tokens and prefix rules as the library has them.
 */
final class TokenizerJson {
    private static final int MAX_BYTES = 256 << 20;
    private static final int MAX_NESTING = 8;
    private static final Set<String> MODELS = Set.of("BPE", "Unigram", "WordPiece", "WordLevel");

    /** Not {@code Precompiled}: the library ends the process when its table is damaged. */
    private static final Set<String> NORMALIZERS = Set.of(
            "BertNormalizer",
            "ByteLevel",
            "Lowercase",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Nmt",
            "Prepend",
            "Replace",
            "Sequence",
            "Strip",
            "StripAccents");

    private static final Set<String> PRE_TOKENIZERS = Set.of(
            "BertPreTokenizer",
            "ByteLevel",
            "CharDelimiterSplit",
            "Digits",
            "Metaspace",
            "Punctuation",
            "Sequence",
            "Split",
            "UnicodeScripts",
            "Whitespace",
            "WhitespaceSplit");

    private final Path file;
    private final JsonObject root;
    private final String markerStart;
    private final Map<String, MarkupToken> markup = new HashMap<>();
    private final List<@Nullable String> tokens = new ArrayList<>();
    private final @Nullable JsonObject decoder;
    private boolean splitsByExpression;

    /**
     * A token that untrusted text can never become.
     *
     * @param id its id
     * @param text how it is written
     * @param marker how it is written in the library's copy
     * @param special whether it is left out of decoded text
     */
    record MarkupToken(int id, String text, String marker, boolean special) {}

    /**
     * @param file named in errors
     * @param root the parsed file; changed here
     * @param control texts of tokens that are special whatever {@code added_tokens} says
     * @param markerStart what every marker begins with; must not occur in any text
     */
    TokenizerJson(Path file, JsonObject root, Set<String> control, String markerStart) {
        this.file = file;
        this.root = root;
        this.markerStart = markerStart;
        try {
            checkSteps("normalizer", root.get("normalizer"), NORMALIZERS, 0);
            checkSteps("pre_tokenizer", root.get("pre_tokenizer"), PRE_TOKENIZERS, 0);
            readVocabulary();
            readAddedTokens(control);
            hideMarkup();
            JsonElement decoding = root.get("decoder");
            decoder = decoding == null || decoding.isJsonNull() ? null : decoding.getAsJsonObject();
        } catch (IllegalStateException
                | UnsupportedOperationException
                | ClassCastException
                | IllegalArgumentException
                | IndexOutOfBoundsException e) {
            throw new ModelFileException(file, 0, "no tokenizer definition: " + e.getMessage());
        }
    }

    /** Reads {@code tokenizer.json}. */
    static JsonObject read(Path file) {
        return readObject(file, MAX_BYTES);
    }

    /** Reads a file that holds one JSON object of at most that many bytes. */
    static JsonObject readObject(Path file, int maxBytes) {
        try {
            long size = Files.size(file);
            if (size > maxBytes) {
                throw new ModelFileException(file, maxBytes, "wanted at most " + maxBytes + " bytes, found " + size);
            }
            try (Reader reader = Files.newBufferedReader(file)) {
                JsonReader json = new JsonReader(reader);
                json.setStrictness(Strictness.STRICT);
                JsonElement value = JsonParser.parseReader(json);
                if (!value.isJsonObject()) {
                    throw new ModelFileException(file, 0, "wanted a JSON object, found another value");
                }
                return value.getAsJsonObject();
            }
        } catch (JsonParseException | NumberFormatException e) {
            throw new ModelFileException(file, 0, "wanted JSON, found otherwise: " + e.getMessage());
        } catch (IOException e) {
            throw new ModelFileException(file, 0, "cannot be read: " + e);
        }
    }

    /** The definition for the tokenizers library, which only encodes. */
    String library() {
        JsonObject library = new JsonObject();
        for (String member : List.of("version", "added_tokens", "normalizer", "pre_tokenizer", "model")) {
            library.add(member, root.get(member));
        }
        return library.toString();
    }

    /** Markup tokens by their text. */
    Map<String, MarkupToken> markup() {
        return markup;
    }

    /** Text of every id as the vocabulary writes it, {@code null} where an id has no token. */
    List<@Nullable String> tokens() {
        return tokens;
    }

    /** Whether text is split by expressions of the file, which bounds its length. */
    boolean splitsByExpression() {
        return splitsByExpression;
    }

    /** The decoder's definition. */
    @Nullable
    JsonObject decoder() {
        return decoder;
    }

    private void checkSteps(String what, @Nullable JsonElement step, Set<String> known, int depth) {
        if (step == null || step.isJsonNull()) {
            return;
        }
        JsonObject definition = step.getAsJsonObject();
        String type = member(definition, "type").getAsString();
        if (!known.contains(type) || depth > MAX_NESTING) {
            throw new ModelFileException(
                    file,
                    0,
                    "wanted a " + what + " of " + new TreeSet<>(known) + ", found " + type + " at depth " + depth);
        }
        if (type.equals("Prepend")
                && member(definition, "prepend").getAsString().isEmpty()) {
            throw new ModelFileException(file, 0, "wanted a Prepend of something, found one of nothing");
        }
        if (type.equals("Replace") || type.equals("Split")) {
            checkPattern(type, member(definition, "pattern").getAsJsonObject());
        }
        if (type.equals("Sequence")) {
            String steps = definition.has("normalizers") ? "normalizers" : "pretokenizers";
            for (JsonElement inner : member(definition, steps).getAsJsonArray()) {
                checkSteps(what, inner, known, depth + 1);
            }
        }
    }

    private void checkPattern(String type, JsonObject pattern) {
        if (pattern.has("Regex") && type.equals("Split")) {
            SplitExpression.check(pattern.get("Regex").getAsString());
            splitsByExpression = true;
        } else if (member(pattern, "String").getAsString().isEmpty()) {
            throw new ModelFileException(file, 0, "wanted a " + type + " of a string, found an empty one");
        }
    }

    private void readVocabulary() {
        JsonObject model = model();
        JsonElement vocabulary = member(model, "vocab");
        if (vocabulary.isJsonArray()) {
            for (JsonElement entry : vocabulary.getAsJsonArray()) {
                tokens.add(entry.getAsJsonArray().get(0).getAsString());
            }
            return;
        }
        for (Map.Entry<String, JsonElement> entry : vocabulary.getAsJsonObject().entrySet()) {
            setToken(entry.getValue().getAsInt(), entry.getKey());
        }
    }

    private void readAddedTokens(Set<String> control) {
        JsonElement added = root.get("added_tokens");
        if (added == null || added.isJsonNull()) {
            return;
        }
        for (JsonElement element : added.getAsJsonArray()) {
            JsonObject token = element.getAsJsonObject();
            String text = member(token, "content").getAsString();
            int id = member(token, "id").getAsInt();
            setToken(id, text);
            boolean special = control.contains(text)
                    || (token.has("special") && token.get("special").getAsBoolean());
            if (text.isEmpty() || !(special || looksLikeMarkup(text))) {
                continue;
            }
            MarkupToken hidden = new MarkupToken(id, text, markerStart + Integer.toHexString(id) + '\uFDD1', special);
            markup.put(text, hidden);
            token.addProperty("content", hidden.marker());
            token.addProperty("normalized", false);
        }
    }

    /** Renames the markup tokens inside the model, and drops the ways that lead to them. */
    private void hideMarkup() {
        JsonObject model = model();
        JsonElement vocabulary = member(model, "vocab");
        for (MarkupToken token : markup.values()) {
            if (vocabulary.isJsonObject()) {
                JsonElement id = vocabulary.getAsJsonObject().remove(token.text());
                if (id != null) {
                    vocabulary.getAsJsonObject().add(token.marker(), id);
                }
            } else if (token.id() < vocabulary.getAsJsonArray().size()) {
                JsonArray entry = vocabulary.getAsJsonArray().get(token.id()).getAsJsonArray();
                entry.set(0, new JsonPrimitive(token.marker()));
            }
        }
        JsonElement unknown = model.get("unk_token");
        if (unknown != null && unknown.isJsonPrimitive()) {
            MarkupToken token = markup.get(unknown.getAsString());
            if (token != null) {
                model.addProperty("unk_token", token.marker());
            }
        }
        JsonElement merges = model.get("merges");
        if (merges != null && !markup.isEmpty()) {
            model.add("merges", withoutMarkup(merges.getAsJsonArray()));
        }
    }

    private JsonArray withoutMarkup(JsonArray merges) {
        JsonArray kept = new JsonArray(merges.size());
        for (JsonElement merge : merges) {
            String left;
            String right;
            if (merge.isJsonArray()) {
                left = merge.getAsJsonArray().get(0).getAsString();
                right = merge.getAsJsonArray().get(1).getAsString();
            } else {
                String both = merge.getAsString();
                int space = both.indexOf(' ');
                if (space < 0) {
                    throw new IllegalStateException("wanted two parts in a merge, found one");
                }
                left = both.substring(0, space);
                right = both.substring(space + 1);
            }
            if (!markup.containsKey(left + right) && !markup.containsKey(left) && !markup.containsKey(right)) {
                kept.add(merge);
            }
        }
        return kept;
    }

    private JsonObject model() {
        JsonObject model = member(root, "model").getAsJsonObject();
        JsonElement type = model.get("type");
        if (type != null && !MODELS.contains(type.getAsString())) {
            throw new ModelFileException(
                    file, 0, "wanted a tokenizer model of " + MODELS + ", found " + type.getAsString());
        }
        return model;
    }

    private JsonElement member(JsonObject object, String name) {
        JsonElement value = object.get(name);
        if (value == null) {
            throw new ModelFileException(file, 0, "wanted a member \"" + name + "\", found " + object.keySet());
        }
        return value;
    }

    private void setToken(int id, String text) {
        if (id < 0 || id > 1 << 22) {
            throw new ModelFileException(file, 0, "wanted a token id from 0 to " + (1 << 22) + ", found " + id);
        }
        while (tokens.size() <= id) {
            tokens.add(null);
        }
        tokens.set(id, text);
    }

    private static boolean looksLikeMarkup(String text) {
        return text.length() > 2
                && ((text.startsWith("<") && text.endsWith(">")) || (text.startsWith("[") && text.endsWith("]")));
    }
}
