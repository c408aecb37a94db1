// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** The tokenizer of a model without words: token ids as decimal numbers, each with a space behind it. */
record NumberTokenizer(int size) implements Tokenizer {
    @Override
    public int[] encode(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(number -> !number.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return encode(text);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        return encode(prompt.stream().map(PromptPiece::text).collect(Collectors.joining()));
    }

    @Override
    public boolean isControl(int id) {
        return false;
    }

    @Override
    public byte[] bytes(int id) {
        return (id + " ").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String decode(int[] ids) {
        return Arrays.stream(ids).mapToObj(id -> id + " ").collect(Collectors.joining());
    }

    @Override
    public StreamDecoder streamDecoder() {
        return new StreamDecoder() {
            @Override
            public String push(int id) {
                return id + " ";
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
