// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;

/** Sets of code points as ranges of first and last. Surrogates belong to none: they have no bytes in UTF-8. */
final class CodePoints {
    static final List<int[]> LINE_ENDS = of('\n', '\n', '\r', '\r', 0x2028, 0x2029);
    static final List<int[]> DIGITS = of('0', '9');
    static final List<int[]> WORD = of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    static final List<int[]> SPACE = of(
            '\t', '\r', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x202F, 0x205F,
            0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF);

    private CodePoints() {}

    /** Ranges: first, last, first, last … */
    static List<int[]> of(int... ends) {
        List<int[]> ranges = new ArrayList<>();
        for (int i = 0; i < ends.length; i += 2) {
            ranges.add(new int[] {ends[i], ends[i + 1]});
        }
        return List.copyOf(ranges);
    }

    /** All others. */
    static List<int[]> not(List<int[]> ranges) {
        List<int[]> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingInt((int[] range) -> range[0]));
        List<int[]> others = new ArrayList<>();
        int from = 0;
        for (int[] range : sorted) {
            if (range[0] > from) {
                others.add(new int[] {from, range[0] - 1});
            }
            from = Math.max(from, range[1] + 1);
        }
        if (from <= Character.MAX_CODE_POINT) {
            others.add(new int[] {from, Character.MAX_CODE_POINT});
        }
        return others;
    }

    /** All strings. */
    static Automaton anyText() {
        return Operations.repeat(anyOne());
    }

    /** All strings of one character. */
    static Automaton anyOne() {
        return automaton(not(List.of()));
    }

    /** All strings of so many characters; {@code most} may be {@link Integer#MAX_VALUE} for any number. */
    static Automaton lengths(int least, int most) {
        Automaton.Builder builder = new Automaton.Builder();
        int last = most == Integer.MAX_VALUE ? least : most;
        for (int length = 0; length <= last; length++) {
            builder.createState();
            builder.setAccept(length, length >= least);
        }
        for (int length = 0; length < last || (length == last && last != most); length++) {
            int next = Math.min(length + 1, last);
            builder.addTransition(length, next, 0, Character.MIN_SURROGATE - 1);
            builder.addTransition(length, next, Character.MAX_SURROGATE + 1, Character.MAX_CODE_POINT);
        }
        return builder.finish();
    }

    /** Strings of one of them. */
    static Automaton automaton(List<int[]> ranges) {
        List<int[]> valid = new ArrayList<>();
        for (int[] range : ranges) {
            add(valid, range[0], Math.min(range[1], Character.MIN_SURROGATE - 1));
            add(valid, Math.max(range[0], Character.MAX_SURROGATE + 1), range[1]);
        }
        if (valid.isEmpty()) {
            return Automata.makeEmpty();
        }
        return Automata.makeCharClass(
                valid.stream().mapToInt(range -> range[0]).toArray(),
                valid.stream().mapToInt(range -> range[1]).toArray());
    }

    private static void add(List<int[]> ranges, int first, int last) {
        if (first <= last) {
            ranges.add(new int[] {first, last});
        }
    }
}
