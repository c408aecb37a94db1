// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;

/**
 * What a folder's tokenizer files add to the model's configuration.
 *
 * @param addBos whether a raw prompt gets the begin-of-text token in front
 * @param end ids that end an answer
 */
record TokenizerFacts(boolean addBos, Set<Integer> end) {
    private static final Set<String> TOKENIZER_KEYS = Set.of("added_tokens", "post_processor");
    private static final Set<String> CONFIG_KEYS = Set.of("add_bos_token", "eos_token");

    static TokenizerFacts read(Path folder) {
        Optional<JsonObject> tokenizer = tryRead(folder.resolve("tokenizer.json"), TOKENIZER_KEYS);
        Optional<JsonObject> config = tryRead(folder.resolve("tokenizer_config.json"), CONFIG_KEYS);
        boolean addBos = config.flatMap(json -> json.tryFlag("add_bos_token")).orElseGet(() -> tokenizer
                .flatMap(json -> json.tryObject("post_processor"))
                .map(TokenizerFacts::beginsWithSpecial)
                .orElse(false));
        Set<Integer> end = new HashSet<>();
        Optional<String> eos = config.flatMap(TokenizerFacts::eos);
        if (eos.isPresent() && tokenizer.isPresent() && tokenizer.get().has("added_tokens")) {
            for (JsonObject token : tokenizer.get().objects("added_tokens")) {
                if (token.string("content").equals(eos.get())) {
                    end.add(token.integer("id", 0, Integer.MAX_VALUE));
                }
            }
        }
        return new TokenizerFacts(addBos, end);
    }

    private static Optional<JsonObject> tryRead(Path file, Set<String> keys) {
        return Files.exists(file) ? Optional.of(JsonFile.read(file, keys::contains)) : Optional.empty();
    }

    private static Optional<String> eos(JsonObject config) {
        return config.isObject("eos_token")
                ? config.object("eos_token").tryString("content")
                : config.tryString("eos_token");
    }

    /** Whether a {@code TemplateProcessing}, perhaps one of a {@code Sequence}, puts a special token before a single text. */
    private static boolean beginsWithSpecial(JsonObject processor) {
        if (processor.has("processors")) {
            return processor.objects("processors").stream().anyMatch(TokenizerFacts::beginsWithSpecial);
        }
        if (!processor.has("single")) {
            return false;
        }
        List<JsonObject> single = processor.objects("single");
        return !single.isEmpty() && single.get(0).has("SpecialToken");
    }
}
