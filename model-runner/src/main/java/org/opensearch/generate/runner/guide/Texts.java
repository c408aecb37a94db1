// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.TooComplexToDeterminizeException;
import org.apache.lucene.util.automaton.Transition;
import org.apache.lucene.util.automaton.UTF32ToUTF8;

/** Languages of code points to rules over the bytes of UTF-8, as they are or inside the quotes of a JSON string. */
final class Texts {
    /** Lucene's measure of work: enough for some ten thousand states, and for well under a second. */
    static final int MOST_WORK = 20_000;

    /** States of one rule. */
    static final int MOST_STATES = 100_000;

    private static final int SHORT_ESCAPE = 2;
    private static final Automaton VALID = validUtf8();
    private static final long MOST_PAIRS = 2_000_000;
    private static final String HEX = "0123456789abcdef";

    private Texts() {}

    /** The rule of the strings themselves. */
    static Rule plain(String name, Automaton points) {
        return Rule.of(name, bytes(name, determinized(name, points)));
    }

    /** The rule of the strings as JSON: between quotes, and escaped where JSON asks for it. */
    static Rule quoted(String name, Automaton points) {
        Automaton quote = Automata.makeChar('"');
        Automaton whole = Operations.concatenate(List.of(quote, escaped(determinized(name, points)), quote));
        return Rule.of(name, bytes(name, whole));
    }

    /** The rule of some strings. */
    static Rule oneOf(String name, Collection<String> strings) {
        Rule rule = new Rule(name);
        rule.addState(false);
        for (String string : strings) {
            int at = 0;
            for (byte b : utf8(valid(name, string))) {
                int next = rule.next(at, b & 0xFF);
                if (next < 0) {
                    next = rule.addState(false);
                    rule.on(at, b & 0xFF, b & 0xFF, next);
                }
                at = next;
            }
            rule.accept(at);
        }
        return rule;
    }

    /** The string, which must be made of characters: half a surrogate pair is none. */
    static String valid(String name, String string) {
        if (string.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw new GuideException(name + " has half a surrogate pair, which is no character");
        }
        return string;
    }

    /**
     * The strings that are in both.
     *
     * @param a deterministic
     * @param b deterministic
     * @throws GuideException if that is too much work, or there are none
     */
    static Automaton both(String name, Automaton a, Automaton b) {
        if ((long) a.getNumStates() * b.getNumStates() > MOST_PAIRS) {
            throw new GuideException(name + ": its conditions are too complex together; fewer or smaller bounds");
        }
        return determinized(name, Operations.intersection(a, b));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The same language, deterministic and without dead states.
     *
     * @throws GuideException if that is too much work, or nothing is left
     */
    static Automaton determinized(String name, Automaton automaton) {
        try {
            Automaton result = Operations.removeDeadStates(Operations.determinize(automaton, MOST_WORK));
            if (result.getNumStates() == 0) {
                throw new GuideException(name + " allows no text at all");
            }
            if (result.getNumStates() > MOST_STATES) {
                throw new GuideException(name + " needs " + result.getNumStates() + " states, at most " + MOST_STATES
                        + " are allowed: simplify it, or repeat less");
            }
            return result;
        } catch (TooComplexToDeterminizeException e) {
            throw new GuideException(
                    name
                            + " is too complex: fewer alternatives that begin alike, fewer nested repetitions, smaller bounds",
                    e);
        }
    }

    /** A language of code points as one of bytes, deterministic. */
    static Automaton bytes(String name, Automaton points) {
        // The conversion allows characters to be longer than they must be, which is no valid UTF-8.
        Automaton converted = determinized(name, new UTF32ToUTF8().convert(points));
        return determinized(name, Operations.intersection(converted, VALID));
    }

    /** All valid UTF-8 (RFC 3629, section 4). */
    private static Automaton validUtf8() {
        Automaton.Builder builder = new Automaton.Builder();
        for (int state = 0; state < 8; state++) {
            builder.createState();
        }
        builder.setAccept(0, true);
        int[][] transitions = {
            {0, 0x00, 0x7F, 0}, {0, 0xC2, 0xDF, 1}, {0, 0xE0, 0xE0, 2}, {0, 0xE1, 0xEC, 3}, {0, 0xED, 0xED, 4},
            {0, 0xEE, 0xEF, 3}, {0, 0xF0, 0xF0, 5}, {0, 0xF1, 0xF3, 6}, {0, 0xF4, 0xF4, 7}, {1, 0x80, 0xBF, 0},
            {2, 0xA0, 0xBF, 1}, {3, 0x80, 0xBF, 1}, {4, 0x80, 0x9F, 1}, {5, 0x90, 0xBF, 3}, {6, 0x80, 0xBF, 3},
            {7, 0x80, 0x8F, 3}
        };
        for (int[] each : transitions) {
            builder.addTransition(each[0], each[3], each[1], each[2]);
        }
        return builder.finish();
    }

    /** With the characters that may not stand in a JSON string replaced by their short escapes, or left out if they have none. */
    private static Automaton escaped(Automaton points) {
        Automaton.Builder builder = new Automaton.Builder();
        int states = points.getNumStates();
        for (int state = 0; state < states; state++) {
            builder.createState();
            builder.setAccept(state, points.isAccept(state));
        }
        Transition transition = new Transition();
        for (int state = 0; state < states; state++) {
            int count = points.initTransition(state, transition);
            for (int i = 0; i < count; i++) {
                points.getNextTransition(transition);
                int from = transition.min;
                for (int c = from; c <= Math.min(transition.max, '\\'); c++) {
                    if (isEscaped(c)) {
                        range(builder, state, from, c - 1, transition.dest);
                        if (escape(c).length() == SHORT_ESCAPE) {
                            path(builder, state, escape(c), transition.dest);
                        }
                        from = c + 1;
                    }
                }
                range(builder, state, from, transition.max, transition.dest);
            }
        }
        return builder.finish();
    }

    private static void range(Automaton.Builder builder, int state, int first, int last, int target) {
        if (first <= last) {
            builder.addTransition(state, target, first, last);
        }
    }

    private static void path(Automaton.Builder builder, int state, String text, int target) {
        int at = state;
        for (int i = 0; i < text.length() - 1; i++) {
            int next = builder.createState();
            builder.addTransition(at, next, text.charAt(i));
            at = next;
        }
        builder.addTransition(at, target, text.charAt(text.length() - 1));
    }

    /** Whether a character cannot stand in a JSON string as it is. */
    static boolean isEscaped(int c) {
        return c < ' ' || c == '"' || c == '\\';
    }

    /** How such a character is written. */
    static String escape(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> "\\u00" + HEX.charAt(c >> 4) + HEX.charAt(c & 15);
        };
    }
}
