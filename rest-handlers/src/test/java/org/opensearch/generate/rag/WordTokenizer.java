// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** A token a word or sign; remembers the last prompt as text. */
final class WordTokenizer implements Tokenizer {
    private static final Pattern TOKEN = Pattern.compile("\\w+|[^\\w\\s]");
    private List<PromptPiece> lastPrompt = List.of();

    @Override
    public int size() {
        return 1;
    }

    @Override
    public int[] encode(String text) {
        List<Integer> ids = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            ids.add(matcher.group().hashCode() & 0xFFFF);
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return encode(text);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        lastPrompt = List.copyOf(prompt);
        return encode(lastPromptText());
    }

    String lastPromptText() {
        StringBuilder text = new StringBuilder();
        lastPrompt.forEach(piece -> text.append(piece.text()));
        return text.toString();
    }

    List<PromptPiece> lastPrompt() {
        return lastPrompt;
    }

    @Override
    public boolean isControl(int id) {
        return false;
    }

    @Override
    public byte[] bytes(int id) {
        return new byte[0];
    }

    @Override
    public String decode(int[] ids) {
        return "";
    }

    @Override
    public StreamDecoder streamDecoder() {
        throw new UnsupportedOperationException("this tokenizer makes prompts only");
    }

    @Override
    public void close() {}
}
