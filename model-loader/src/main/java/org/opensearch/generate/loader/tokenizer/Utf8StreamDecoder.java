// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of tokens to text; holds back the bytes of an unfinished character. */
final class Utf8StreamDecoder implements Tokenizer.StreamDecoder {
    private static final byte[] NONE = {};

    private final byte[][] tokens;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = NONE;
    private int spacesToStrip;

    /**
     * @param tokens bytes by token id
     * @param stripStart how many spaces are left out where the text begins
     */
    Utf8StreamDecoder(byte[][] tokens, int stripStart) {
        this.tokens = tokens;
        this.spacesToStrip = stripStart;
    }

    @Override
    public String push(int id) {
        return decode(id < 0 || id >= tokens.length ? NONE : tokens[id], false);
    }

    @Override
    public String finish() {
        String rest = decode(NONE, true);
        utf8.reset();
        return rest;
    }

    private String decode(byte[] more, boolean end) {
        byte[] all = Arrays.copyOf(held, held.length + more.length);
        System.arraycopy(more, 0, all, held.length, more.length);
        ByteBuffer in = ByteBuffer.wrap(all);
        CharBuffer out = CharBuffer.allocate(all.length + 1);
        utf8.decode(in, out, end);
        held = Arrays.copyOfRange(all, in.position(), all.length);
        String text = out.flip().toString();
        int start = 0;
        while (spacesToStrip > 0 && start < text.length()) {
            if (text.charAt(start) != ' ') {
                spacesToStrip = 0;
            } else {
                spacesToStrip--;
                start++;
            }
        }
        return text.substring(start);
    }
}
