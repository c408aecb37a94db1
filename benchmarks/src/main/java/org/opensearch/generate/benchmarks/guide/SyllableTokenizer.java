// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * A vocabulary of the size and shape of large models': all bytes, numbers of up to three digits, runs of white space, punctuation
 * as JSON and code have it, and words of syllables with and without a space in front. The last id ends answers.
 */
final class SyllableTokenizer implements Tokenizer {
    private static final String[] SIGNS = {
        "\"", ":", ",", "{", "}", "[", "]", "(", ")", ".", ";", "'", "/", "\\", "-", "=", "<", ">", "!", "?"
    };
    private static final String[] STARTS = "b c d f g h k l m n p r s t v w st tr pl".split(" ", -1);
    private static final String[] ENDS = "a e i o u an er in on ul ia \u00E9 \u00FC".split(" ", -1);

    private final byte[][] tokens;

    SyllableTokenizer(int size) {
        Set<String> words = new LinkedHashSet<>();
        for (int number = 0; number < 1000; number++) {
            words.add(Integer.toString(number));
        }
        for (int spaces = 2; spaces < 64; spaces++) {
            words.add(" ".repeat(spaces));
            words.add("\n" + " ".repeat(spaces));
        }
        for (String a : SIGNS) {
            for (String b : SIGNS) {
                words.add(a + b);
                words.add(" " + a + b);
                for (String c : SIGNS) {
                    words.add(a + b + c);
                }
            }
        }
        Random random = new Random(1);
        while (words.size() < size - 257) {
            StringBuilder word = new StringBuilder(random.nextBoolean() ? " " : "");
            for (int syllables = 1 + random.nextInt(4); syllables > 0; syllables--) {
                word.append(STARTS[random.nextInt(STARTS.length)]).append(ENDS[random.nextInt(ENDS.length)]);
            }
            if (random.nextInt(8) == 0) {
                word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
            }
            words.add(word + (random.nextInt(50) == 0 ? SIGNS[random.nextInt(SIGNS.length)] : ""));
        }
        List<byte[]> all = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            all.add(new byte[] {(byte) value});
        }
        words.forEach(word -> all.add(word.getBytes(StandardCharsets.UTF_8)));
        all.add(new byte[0]);
        tokens = all.toArray(byte[][]::new);
    }

    int end() {
        return tokens.length - 1;
    }

    @Override
    public int size() {
        return tokens.length;
    }

    @Override
    public boolean isControl(int id) {
        return id == end();
    }

    @Override
    public byte[] bytes(int id) {
        return tokens[id];
    }

    @Override
    public String decode(int[] ids) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id : ids) {
            out.writeBytes(tokens[id]);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int[] encode(String text) {
        throw new UnsupportedOperationException("no text is read here");
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        throw new UnsupportedOperationException("no text is read here");
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean bos) {
        throw new UnsupportedOperationException("no text is read here");
    }

    @Override
    public StreamDecoder streamDecoder() {
        throw new UnsupportedOperationException("whole texts are decoded here");
    }

    @Override
    public void close() {}
}
