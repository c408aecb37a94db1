// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts text into sentences and words, in any script. */
final class Sentences {
    /** A letter of a script written without spaces is a word; elsewhere a run of letters, marks and digits is. */
    private static final Pattern WORD = Pattern.compile("[SPACELESS]|[\\p{L}\\p{M}\\p{N}&&[^SPACELESS]]+"
            .replace("SPACELESS", "\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsThai}"));

    /** A piece of a text, white space at its ends left out; {@code start} and {@code end} are char offsets. */
    record Span(int start, int end) {}

    private Sentences() {}

    /** Sentences of a text, in order. A line break ends a sentence. */
    static List<Span> split(String text) {
        List<Span> spans = new ArrayList<>();
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        int from = 0;
        while (from < text.length()) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 ? text.length() : newline;
            sentences.setText(text.substring(from, to));
            int start = sentences.first();
            for (int end = sentences.next(); end != BreakIterator.DONE; start = end, end = sentences.next()) {
                addStripped(text, from + start, from + end, spans);
            }
            from = to + 1;
        }
        return spans;
    }

    /** Different words of a text, in lower case. */
    static Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group().toLowerCase(Locale.ROOT));
        }
        return words;
    }

    private static void addStripped(String text, int start, int end, List<Span> spans) {
        int from = start;
        int to = end;
        while (from < to && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        while (to > from && Character.isWhitespace(text.charAt(to - 1))) {
            to--;
        }
        if (from < to) {
            spans.add(new Span(from, to));
        }
    }
}
