// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.List;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** Another tokenizer, whose work is counted. */
final class CountingTokenizer implements Tokenizer {
    private final Tokenizer real;
    private long tokens;

    CountingTokenizer(Tokenizer real) {
        this.real = real;
    }

    /** Tokens made so far. */
    long tokens() {
        return tokens;
    }

    @Override
    public int[] encode(String text) {
        int[] ids = real.encode(text);
        tokens += ids.length;
        return ids;
    }

    @Override
    public int size() {
        return real.size();
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return real.encodeWithControlTokens(text, bos);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        return real.encode(prompt, bos);
    }

    @Override
    public boolean isControl(int id) {
        return real.isControl(id);
    }

    @Override
    public byte[] bytes(int id) {
        return real.bytes(id);
    }

    @Override
    public String decode(int[] ids) {
        return real.decode(ids);
    }

    @Override
    public StreamDecoder streamDecoder() {
        return real.streamDecoder();
    }

    @Override
    public void close() {}
}
