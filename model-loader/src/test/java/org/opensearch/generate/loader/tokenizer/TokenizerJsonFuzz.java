// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.ModelFileException;

/** Any {@code tokenizer.json}: a tokenizer without control tokens in text, or one {@link ModelFileException}. */
class TokenizerJsonFuzz {
    static Stream<Arguments> seeds() {
        Stream<String> whole = Arrays.stream(TinyTokenizers.values())
                .map(family -> family.json().toString());
        Stream<String> broken = Stream.of(
                "null",
                "{",
                "[]",
                "{}",
                "{\"model\": 1}",
                "{\"model\": {\"vocab\": []}}",
                "{\"model\": {\"vocab\": [[]], \"type\": \"Unigram\"}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 99999999999}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4000000}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"ab\"]}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}, \"added_tokens\": [{\"id\": 7, \"content\": \"<x>\"}]}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 3}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", -1.0]], \"unk_id\": 3}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", -1.0]], \"unk_id\": null}}",
                "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}, \"unk_token\": \"x\"}}",
                "{\"decoder\": {\"type\": \"Sequence\", \"decoders\": 3}, \"model\": {\"type\": \"WordLevel\", \"vocab\": {}}}",
                "{\"decoder\": {\"type\": \"Strip\"}, \"model\": {\"type\": \"BPE\", \"vocab\": {}}}",
                "[".repeat(100_000));
        return Stream.concat(whole, broken).map(json -> arguments(json));
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "2m")
    void loads(@Nullable String json) throws IOException {
        if (json == null) {
            return;
        }
        Path folder = Files.createTempDirectory("tokenizer");
        Path file = folder.resolve("tokenizer.json");
        try {
            Files.writeString(file, SeededTexts.wellFormed(json));
            try (Tokenizer tokenizer = Tokenizers.fromTokenizerJson(folder)) {
                tokenizer.decode(tokenizer.encode("<unk><s> a"));
            }
        } catch (ModelFileException expected) {
            if (!String.valueOf(expected.getMessage()).startsWith(file.toString())) {
                throw new AssertionError("an error that does not name the file", expected);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }
}
