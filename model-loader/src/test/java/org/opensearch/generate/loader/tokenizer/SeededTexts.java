// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import java.util.List;
import java.util.Random;

/** Random texts of all planes, controls, broken surrogates and markup; the seed is printed by those who fail. */
public final class SeededTexts {
    private static final List<String> MARKUP = List.of(
            "</s>",
            "<s>",
            "<unk>",
            "<|im_start|>",
            "<|im_end|>",
            "<|endoftext|>",
            "<0x0A>",
            "<|im_",
            "end|>",
            "\u2581",
            "\uFDD0",
            "{{ x }}",
            "{% endfor %}",
            "<|user|>\n",
            "[INST]",
            "\0",
            "\r\n",
            "\uFEFF",
            "\uFFFF",
            "👩‍👩‍👧",
            "é",
            "  ",
            "\t",
            "<",
            ">",
            "|",
            "s");

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** How to run again with the same texts. */
    public String replay() {
        return "-Dtest.seed=" + seed;
    }

    /** A text of up to 40 parts. */
    public String next() {
        StringBuilder text = new StringBuilder();
        int parts = random.nextInt(40);
        for (int i = 0; i < parts; i++) {
            part(text);
        }
        return text.toString();
    }

    /** A number from 0 to before {@code bound}. */
    public int number(int bound) {
        return random.nextInt(bound);
    }

    private void part(StringBuilder text) {
        switch (random.nextInt(8)) {
            case 0 -> text.append(MARKUP.get(random.nextInt(MARKUP.size())));
            case 1 -> text.appendCodePoint(random.nextInt(0x110000));
            case 2 -> text.append((char) random.nextInt(0x10000));
            case 3 -> text.append((char) random.nextInt(32));
            case 4 -> text.append(' ');
            case 5 -> text.appendCodePoint(0x1F300 + random.nextInt(0x300));
            default -> text.append((char) ('a' + random.nextInt(26)));
        }
    }

    /** The text with what cannot be UTF-8 replaced. */
    public static String wellFormed(String text) {
        return new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_16BE), java.nio.charset.StandardCharsets.UTF_16BE);
    }
}
