// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.chat.PromptPiece;

/** What holds for every text, on one small tokenizer of each family. */
class TokenizerProperties {
    private static final int TEXTS = 1000;

    private static Tokenizer tokenizer(TinyTokenizers family) {
        return new DjlTokenizer(Path.of("tokenizer.json"), family.json(), Set.of(), "<s>");
    }

    @ParameterizedTest
    @EnumSource
    void plainTextComesBackAndHoldsNoControlToken(TinyTokenizers family) {
        SeededTexts texts = new SeededTexts();
        Set<Integer> markup = family.markup();
        try (Tokenizer tokenizer = tokenizer(family)) {
            for (int i = 0; i < TEXTS; i++) {
                String text = texts.next();
                int[] ids = tokenizer.encode(text);
                for (int id : ids) {
                    assertFalse(tokenizer.isControl(id), () -> "control token in " + text + " " + texts.replay());
                    assertFalse(markup.contains(id), () -> "markup in " + text + " " + texts.replay());
                }
                String expected = family.readBack(SeededTexts.wellFormed(text));
                assertEquals(expected, tokenizer.decode(ids), texts::replay);
                assertEquals(expected, streamed(tokenizer, ids), texts::replay);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void textWithControlTokensIsReadAsTheLibraryReadsIt(TinyTokenizers family) throws IOException {
        SeededTexts texts = new SeededTexts();
        byte[] json = family.json().toString().getBytes(StandardCharsets.UTF_8);
        try (Tokenizer tokenizer = tokenizer(family);
                HuggingFaceTokenizer library = HuggingFaceTokenizer.newInstance(
                        new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"))) {
            for (int i = 0; i < TEXTS; i++) {
                String text = SeededTexts.wellFormed(texts.next());
                long[] expected = library.encode(text, false, false).getIds();
                int[] ids = tokenizer.encodeWithControlTokens(text, false);
                assertArrayEquals(
                        expected, Arrays.stream(ids).asLongStream().toArray(), () -> text + " " + texts.replay());
                int[] withBos = tokenizer.encodeWithControlTokens(text, true);
                int[] bos = tokenizer.encodeWithControlTokens("<s>", false);
                assertEquals(bos[0], withBos[0]);
                assertEquals(ids.length + (ids.length > 0 && ids[0] == bos[0] ? 0 : 1), withBos.length);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyTrustedPiecesBringControlTokens(TinyTokenizers family) {
        SeededTexts texts = new SeededTexts();
        try (Tokenizer tokenizer = tokenizer(family)) {
            for (int i = 0; i < TEXTS; i++) {
                List<PromptPiece> pieces = new ArrayList<>();
                StringBuilder whole = new StringBuilder();
                int controls = 0;
                for (int n = texts.number(6); n >= 0; n--) {
                    PromptPiece piece = new PromptPiece(SeededTexts.wellFormed(texts.next()), texts.number(2) == 0);
                    pieces.add(piece);
                    whole.append(piece.text());
                    controls += piece.trusted()
                            ? controls(tokenizer, tokenizer.encodeWithControlTokens(piece.text(), false))
                            : 0;
                }
                int[] ids = tokenizer.encode(pieces, false);
                assertEquals(controls, controls(tokenizer, ids), () -> pieces + " " + texts.replay());
                List<PromptPiece> untrusted = new ArrayList<>();
                pieces.forEach(piece -> untrusted.add(new PromptPiece(piece.text(), false)));
                assertArrayEquals(
                        tokenizer.encode(whole.toString()), tokenizer.encode(untrusted, false), texts::replay);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyIdsStreamAsTheyDecode(TinyTokenizers family) {
        SeededTexts texts = new SeededTexts();
        try (Tokenizer tokenizer = tokenizer(family)) {
            for (int i = 0; i < TEXTS; i++) {
                int[] ids = new int[texts.number(30)];
                for (int n = 0; n < ids.length; n++) {
                    ids[n] = texts.number(tokenizer.size() + 3);
                }
                assertEquals(tokenizer.decode(ids), streamed(tokenizer, ids), texts::replay);
            }
        }
    }

    private static int controls(Tokenizer tokenizer, int[] ids) {
        return (int) Arrays.stream(ids).filter(tokenizer::isControl).count();
    }

    private static String streamed(Tokenizer tokenizer, int[] ids) {
        Tokenizer.StreamDecoder decoder = tokenizer.streamDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            String part = decoder.push(id);
            assertFalse(
                    !part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1)), "half a character");
            text.append(part);
        }
        return text.append(decoder.finish()).toString();
    }
}
