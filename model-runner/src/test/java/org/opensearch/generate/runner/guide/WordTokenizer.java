// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** All single bytes, then words as given; the last id is a control token that ends answers. */
final class WordTokenizer implements Tokenizer {
    private final List<String> words;

    WordTokenizer(List<String> words) {
        this.words = List.copyOf(words);
    }

    int end() {
        return 256 + words.size();
    }

    @Override
    public int size() {
        return end() + 1;
    }

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[i] & 0xFF;
        }
        return ids;
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return encode(text);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        throw new UnsupportedOperationException("a test's prompts are made of ids");
    }

    @Override
    public boolean isControl(int id) {
        return id == end();
    }

    @Override
    public byte[] bytes(int id) {
        if (id < 256) {
            return new byte[] {(byte) id};
        }
        return isControl(id) ? new byte[0] : words.get(id - 256).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String decode(int[] ids) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id : ids) {
            out.writeBytes(bytes(id));
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Override
    public StreamDecoder streamDecoder() {
        throw new UnsupportedOperationException("whole texts are decoded here");
    }

    @Override
    public void close() {}
}
