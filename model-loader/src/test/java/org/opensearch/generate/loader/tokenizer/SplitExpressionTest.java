// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelFileException;

/** What the library would end the process for never reaches it. */
class SplitExpressionTest {
    private static Tokenizer open(JsonObject json) {
        return new DjlTokenizer(Path.of("tokenizer.json"), json, Set.of(), null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a*)*b",
                "(a|aa)+b+c+d",
                "a*a*b",
                "\\s*\\s*\\s*x",
                "\\s+\\s+$",
                "(?:a?){20}a",
                "a?a?a?a?a?a",
                "(\\w+\\s?)+$",
                "(a)\\1",
                "(?<n>a)\\k<n>",
                "a{1,9999}a{1,9999}b",
                "((((((((((a))))))))))",
                "(a",
                "a)",
                "[a",
                "a\\",
                "*a",
                "(a{2,}){2,}",
                "(?=a+)*b",
                "[[a]",
                "(a+|b+)+c"
            })
    void expressionsThatMayRunAwayAreRefused(String expression) {
        assertThrows(IllegalArgumentException.class, () -> SplitExpression.check(expression));
        JsonObject json = TinyTokenizers.BYTE_LEVEL.json();
        JsonObject split = PreTokenizers.tryOf("qwen2").orElseThrow().preTokenizer();
        split.getAsJsonArray("pretokenizers")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("pattern")
                .addProperty("Regex", expression);
        json.add("pre_tokenizer", split);
        assertThrows(ModelFileException.class, () -> open(json));
    }

    @Test
    void publishedExpressionsPass() {
        for (String name : PreTokenizers.names()) {
            for (String expression : PreTokenizers.tryOf(name).orElseThrow().expressions()) {
                assertDoesNotThrow(() -> SplitExpression.check(expression), name);
            }
        }
        assertDoesNotThrow(() -> SplitExpression.check("(?=(\\d{3})+(?!\\d))"));
        assertDoesNotThrow(
                () -> SplitExpression.check("[\\p{Han}]+|[\\p{L}&&[^\\p{Han}]]*[\\p{Ll}]+(?i:'s|'t)?|\\p{N}{1,3}"));
        assertDoesNotThrow(() ->
                SplitExpression.check("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\s*[\\r\\n]|\\s+$"));
    }

    @Test
    void theLongestTextsEndWithEverySplitting() {
        Set<PreTokenizers.Splitting> splittings = new LinkedHashSet<>();
        PreTokenizers.names()
                .forEach(name -> splittings.add(PreTokenizers.tryOf(name).orElseThrow()));
        for (PreTokenizers.Splitting splitting : splittings) {
            JsonObject json = TinyTokenizers.BYTE_LEVEL.json();
            json.add("pre_tokenizer", splitting.preTokenizer());
            try (Tokenizer tokenizer = open(json)) {
                for (String part : new String[] {" ", "A"}) {
                    assertTrue(tokenizer.encode(part.repeat(SplitExpression.MAX_TEXT_CHARS - 1) + "x").length > 0);
                }
            }
        }
    }

    @Test
    void aLongerTextIsRefused() {
        try (Tokenizer tokenizer = open(TinyTokenizers.BYTE_LEVEL.json())) {
            String text = " ".repeat(SplitExpression.MAX_TEXT_CHARS + 1);
            String message = assertThrows(IllegalArgumentException.class, () -> tokenizer.encode(text))
                    .toString();
            assertTrue(message.contains(String.valueOf(SplitExpression.MAX_TEXT_CHARS)), message);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'Precompiled', 'precompiled_charsmap': 'AAAA'}",
                "{'type': 'Prepend', 'prepend': ''}",
                "{'type': 'Replace', 'pattern': {'Regex': 'a'}, 'content': ''}",
                "{'type': 'Replace', 'pattern': {'String': ''}, 'content': ''}",
                "{'type': 'Sequence', 'normalizers': [{'type': 'Martian'}]}",
                "{'type': 'Sequence', 'normalizers': 3}",
                "[]",
                "{}"
            })
    void normalizersThatTheLibraryCannotBearAreRefused(String normalizer) {
        JsonObject json = TinyTokenizers.BYTE_LEVEL.json();
        json.add("normalizer", JsonParser.parseString(normalizer.replace('\'', '"')));
        String message =
                assertThrows(ModelFileException.class, () -> open(json)).toString();
        assertEquals(0, message.indexOf("org.opensearch.generate.loader.ModelFileException: tokenizer.json"), message);
    }
}
