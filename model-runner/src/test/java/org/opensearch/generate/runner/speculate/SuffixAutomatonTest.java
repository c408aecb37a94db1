// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

class SuffixAutomatonTest {
    /** Texts with marks between them, as the automaton's own. */
    private static final class Texts {
        private final List<Integer> symbols = new ArrayList<>();
        private final SuffixAutomaton automaton = new SuffixAutomaton();
        private int marks;

        void add(int token) {
            symbols.add(token);
            automaton.add(token);
        }

        void mark() {
            symbols.add(--marks);
            automaton.mark();
        }

        /** Where a string first ends, before a position; -1 if nowhere. */
        int firstEnd(List<Integer> string, int before) {
            for (int end = string.size() - 1; end < before; end++) {
                if (symbols.subList(end + 1 - string.size(), end + 1).equals(string)) {
                    return end;
                }
            }
            return -1;
        }

        /** The longest end of a text that ends somewhere before a position. */
        List<Integer> longestEnd(List<Integer> text, int before) {
            for (int from = 0; from < text.size(); from++) {
                List<Integer> end = text.subList(from, text.size());
                if (firstEnd(end, before) >= 0) {
                    return end;
                }
            }
            return List.of();
        }
    }

    @Test
    void aCursorIsAtTheLongestMatchWhileTextsGrow() throws Exception {
        Seeds.forAll(150, random -> {
            int vocabulary = random.nextInt(1, 6);
            Texts texts = new Texts();
            SuffixAutomaton.Cursor cursor = texts.automaton.new Cursor();
            List<Integer> known = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                int choice = random.nextInt(8);
                if (choice < 4) {
                    texts.add(random.nextInt(vocabulary));
                } else if (choice == 4 && random.nextInt(4) == 0) {
                    texts.mark();
                } else {
                    int token = random.nextInt(vocabulary + 1);
                    cursor.read(token);
                    // What the texts got after it was read may make a longer match only from there on.
                    known.add(token);
                    known = new ArrayList<>(texts.longestEnd(known, texts.symbols.size()));
                    assertEquals(known.size(), cursor.match());
                    if (!known.isEmpty()) {
                        int end = texts.firstEnd(known, texts.symbols.size());
                        int limit = random.nextInt(1, 6);
                        int to = end + 1;
                        while (to < texts.symbols.size() && to <= end + limit && texts.symbols.get(to) >= 0) {
                            to++;
                        }
                        assertArrayEquals(ints(texts.symbols.subList(end + 1, to)), cursor.after(limit));
                    }
                }
            }
        });
    }

    @Test
    void theLongestRepeatedEndOfTheTextItself() throws Exception {
        Seeds.forAll(150, random -> {
            int vocabulary = random.nextInt(1, 6);
            Texts texts = new Texts();
            for (int i = 0; i < 100; i++) {
                texts.add(random.nextInt(vocabulary));
                int length = texts.symbols.size();
                List<Integer> repeated = texts.longestEnd(texts.symbols.subList(0, length), length - 1);
                assertEquals(repeated.size(), texts.automaton.repeated());
                if (!repeated.isEmpty()) {
                    int from = texts.firstEnd(repeated, length - 1) + 1;
                    List<Integer> more = new ArrayList<>(texts.symbols);
                    for (int next = 0; next < 7; next++) {
                        more.add(more.get(from + next));
                    }
                    assertArrayEquals(ints(more.subList(length, length + 7)), texts.automaton.afterRepeated(7));
                }
            }
        });
    }

    @Test
    void statesTransitionsWorkAndMemoryGrowInProportion() {
        for (int vocabulary : new int[] {1, 2, 3, 1000}) {
            int tokens = 50_000;
            RandomGenerator random = Seeds.fixed(vocabulary);
            SuffixAutomaton automaton = new SuffixAutomaton();
            for (int i = 0; i < tokens; i++) {
                automaton.add(random.nextInt(vocabulary));
            }
            bounded(automaton, tokens);
        }
        SuffixAutomaton worst = new SuffixAutomaton();
        for (int i = 0; i < 50_000; i++) {
            worst.add(i == 0 || i == 49_999 ? 1 : 2);
        }
        bounded(worst, 50_000);
        SuffixAutomaton.Cursor cursor = worst.new Cursor();
        long before = worst.work();
        for (int i = 0; i < 100_000; i++) {
            cursor.read(i % 30_000 == 29_999 ? 3 : 2);
        }
        assertTrue(worst.work() - before <= 3 * 100_000);
    }

    private static void bounded(SuffixAutomaton automaton, int tokens) {
        assertTrue(automaton.states() <= 2 * tokens, automaton.states() + " states");
        assertTrue(automaton.transitions() <= 3 * tokens, automaton.transitions() + " transitions");
        assertTrue(automaton.work() <= 8L * tokens, automaton.work() + " looks");
        assertTrue(automaton.bytes() <= 220L * tokens, automaton.bytes() + " bytes");
    }

    @Test
    void marksAreNoTokens() {
        assertThrows(IllegalArgumentException.class, () -> new SuffixAutomaton().add(-1));
    }

    private static int[] ints(List<Integer> list) {
        return Arrays.copyOf(list.stream().mapToInt(Integer::intValue).toArray(), list.size());
    }
}
