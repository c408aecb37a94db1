// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** A tokenizer for generated models: a token is the letter at its place of the alphabet, round and round. */
public final class LetterTokenizer implements Tokenizer {
    private final int size;

    public LetterTokenizer(int size) {
        this.size = size;
    }

    static String letter(int id) {
        return String.valueOf((char) ('a' + id % 26));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int[] encode(String text) {
        return text.chars().map(letter -> letter - 'a').toArray();
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return encode(text);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        StringBuilder text = new StringBuilder();
        prompt.forEach(piece -> text.append(piece.text()));
        return encode(text.toString());
    }

    @Override
    public boolean isControl(int id) {
        return false;
    }

    @Override
    public byte[] bytes(int id) {
        return letter(id).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(letter(id));
        }
        return text.toString();
    }

    @Override
    public StreamDecoder streamDecoder() {
        return new StreamDecoder() {
            @Override
            public String push(int id) {
                return letter(id);
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }

    @Override
    public void close() {}
}
