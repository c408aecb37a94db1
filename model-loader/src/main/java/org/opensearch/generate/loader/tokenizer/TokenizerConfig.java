// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.opensearch.generate.loader.ModelFileException;

/**
 * What a Hugging Face folder says beside its {@code tokenizer.json}: {@code tokenizer_config.json}, {@code special_tokens_map.json}
 * and {@code chat_template.jinja}, each of which may be missing.
 *
 * @param specialTokens text of special tokens by name: {@code bos_token}, {@code eos_token}, {@code unk_token}, …
 * @param chatTemplate the model's Jinja template
 */
public record TokenizerConfig(Map<String, String> specialTokens, Optional<String> chatTemplate) {
    private static final int MAX_BYTES = 16 << 20;

    /** Makes the map unmodifiable. */
    public TokenizerConfig {
        specialTokens = Map.copyOf(specialTokens);
    }

    /** Reads the folder's files; throws {@link ModelFileException} for one that is no JSON object or too large. */
    public static TokenizerConfig read(Path folder) {
        Map<String, String> tokens = new TreeMap<>();
        Optional<String> template = Optional.empty();
        Path map = folder.resolve("special_tokens_map.json");
        if (Files.exists(map)) {
            addTokens(TokenizerJson.readObject(map, MAX_BYTES), tokens);
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.exists(config)) {
            JsonObject json = TokenizerJson.readObject(config, MAX_BYTES);
            addTokens(json, tokens);
            template = template(json.get("chat_template"));
        }
        Path jinja = folder.resolve("chat_template.jinja");
        if (Files.exists(jinja)) {
            template = Optional.of(readText(jinja));
        }
        return new TokenizerConfig(tokens, template);
    }

    private static void addTokens(JsonObject json, Map<String, String> tokens) {
        for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
            if (entry.getKey().endsWith("_token")) {
                JsonElement value = entry.getValue();
                JsonElement text =
                        value.isJsonObject() ? value.getAsJsonObject().get("content") : value;
                if (isString(text)) {
                    tokens.put(entry.getKey(), text.getAsString());
                }
            }
        }
    }

    /** Either the template itself, or a list of named ones of which {@code default} is meant. */
    private static Optional<String> template(JsonElement value) {
        if (isString(value)) {
            return Optional.of(value.getAsString());
        }
        if (value != null && value.isJsonArray()) {
            for (JsonElement named : value.getAsJsonArray()) {
                if (named.isJsonObject()
                        && isString(named.getAsJsonObject().get("name"))
                        && named.getAsJsonObject().get("name").getAsString().equals("default")) {
                    return template(named.getAsJsonObject().get("template"));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isString(JsonElement value) {
        return value != null
                && value.isJsonPrimitive()
                && value.getAsJsonPrimitive().isString();
    }

    private static String readText(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelFileException(file, MAX_BYTES, "wanted at most " + MAX_BYTES + " bytes");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
