// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;

/**
 * A regular expression to an automaton over code points: the part of ECMA-262's syntax that describes regular languages.
 *
 * <p>Characters, {@code .}, classes with ranges and {@code ^}, {@code \d \w \s} and their opposites, {@code \n \t \r \f \v \0 \xHH
 * \}{@code uHHHH}, {@code \}{@code u{H…}}, groups {@code (…)} and {@code (?:…)}, {@code |}, {@code * + ? {n} {n,} {n,m}}, also with a
 * {@code ?} behind, which changes nothing here; {@code ^} and {@code $} at the ends. Anything else (back references, looking around,
 * {@code \b}, {@code \p}) is an error that says where.
 */
final class Pattern {
    private static final int MOST_REPEATS = 1_000;
    private static final int MOST_NESTING = 200;
    private static final int MOST_LENGTH = 10_000;
    /** States before determinizing. */
    private static final int MOST_STATES = 50_000;

    private static final int MOST_TRANSITIONS = 50_000;

    private final String text;
    private int at;
    private int nesting;

    private Pattern(String text) {
        this.text = text;
        if (text.length() > MOST_LENGTH) {
            throw new GuideException(
                    "a regular expression has at most " + MOST_LENGTH + " characters, found " + text.length());
        }
    }

    /** The strings that match as a whole. */
    static Automaton whole(String text) {
        return new Pattern(text).alternatives(false);
    }

    /** The strings in which something matches: all of it only where {@code ^} and {@code $} say so. */
    static Automaton anywhere(String text) {
        return new Pattern(text).alternatives(true);
    }

    private Automaton alternatives(boolean unanchored) {
        List<Automaton> ways = new ArrayList<>();
        do {
            boolean fromStart = take('^');
            Automaton way = sequence(true);
            boolean toEnd = take('$');
            if (unanchored && !fromStart) {
                way = Operations.concatenate(List.of(CodePoints.anyText(), way));
            }
            if (unanchored && !toEnd) {
                way = Operations.concatenate(List.of(way, CodePoints.anyText()));
            }
            ways.add(way);
        } while (take('|'));
        if (at < text.length()) {
            throw error("[" + text.charAt(at) + "] has no beginning");
        }
        return union(ways);
    }

    private Automaton union(List<Automaton> ways) {
        checkStates(ways.stream().mapToLong(Automaton::getNumStates).sum());
        return Operations.union(ways);
    }

    private void checkStates(long states) {
        if (states > MOST_STATES) {
            throw error("it needs more than " + MOST_STATES + " states: repeat less");
        }
    }

    private void checkTransitions(long transitions) {
        if (transitions > MOST_TRANSITIONS) {
            throw error("repetitions of repetitions need too many transitions: repeat less, or with * and +");
        }
    }

    private Automaton group() {
        if (++nesting > MOST_NESTING) {
            throw error("groups are nested deeper than " + MOST_NESTING);
        }
        if (take('?') && !take(':')) {
            throw error("looking around and named groups are not supported");
        }
        List<Automaton> ways = new ArrayList<>();
        do {
            ways.add(sequence(false));
        } while (take('|'));
        if (!take(')')) {
            throw error("a group is not closed");
        }
        nesting--;
        return union(ways);
    }

    private Automaton sequence(boolean outermost) {
        List<Automaton> parts = new ArrayList<>();
        parts.add(Automata.makeEmptyString());
        while (at < text.length() && "|)".indexOf(text.charAt(at)) < 0) {
            if (outermost && text.charAt(at) == '$' && (at + 1 == text.length() || text.charAt(at + 1) == '|')) {
                break;
            }
            parts.add(repeated(atom()));
        }
        checkStates(parts.stream().mapToLong(Automaton::getNumStates).sum());
        return Operations.concatenate(parts);
    }

    private Automaton repeated(Automaton one) {
        // Repetitions inside repetitions would multiply what has to be made deterministic at the end.
        boolean counted = at < text.length() && text.charAt(at) == '{' && !one.isDeterministic();
        Automaton atom = counted ? Texts.determinized("regular expression [" + text + "], up to " + at, one) : one;
        Automaton result = atom;
        if (take('*')) {
            result = Operations.repeat(atom);
        } else if (take('+')) {
            result = Operations.repeat(atom, 1);
        } else if (take('?')) {
            result = Operations.optional(atom);
        } else if (take('{')) {
            int least = number();
            boolean open = take(',');
            int most = !open ? least : at < text.length() && text.charAt(at) != '}' ? number() : -1;
            if (!take('}')) {
                throw error("a number of repetitions is not closed");
            }
            if (most >= 0 && most < least) {
                throw error("{" + least + "," + most + "} allows nothing");
            }
            long times = Math.max(least, most);
            checkStates(times * atom.getNumStates());
            checkTransitions(times * atom.getNumTransitions());
            result = most < 0 ? Operations.repeat(atom, least) : Operations.repeat(atom, least, most);
            checkTransitions(result.getNumTransitions());
        } else {
            return result;
        }
        take('?');
        if (at < text.length() && "*+?{".indexOf(text.charAt(at)) >= 0) {
            throw error("[" + text.charAt(at) + "] repeats a repetition");
        }
        return result;
    }

    private int number() {
        int from = at;
        int value = 0;
        while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0 && text.charAt(at) < 128) {
            value = value * 10 + Character.digit(text.charAt(at++), 10);
            if (value > MOST_REPEATS) {
                throw error("more than " + MOST_REPEATS + " repetitions");
            }
        }
        if (at == from) {
            throw error("a number of repetitions is missing");
        }
        return value;
    }

    private Automaton atom() {
        char c = text.charAt(at++);
        return switch (c) {
            case '(' -> group();
            case '[' -> CodePoints.automaton(characterClass());
            case '.' -> CodePoints.automaton(CodePoints.not(CodePoints.LINE_ENDS));
            case '\\' -> CodePoints.automaton(escape());
            case '*', '+', '?', '{' -> throw error("[" + c + "] has nothing to repeat");
            case '^', '$' -> throw error("[" + c + "] is supported at the ends of the expression only");
            default -> {
                at--;
                yield CodePoints.automaton(point(next()));
            }
        };
    }

    private int next() {
        int point = text.codePointAt(at);
        at += Character.charCount(point);
        return point;
    }

    private List<int[]> characterClass() {
        boolean negative = take('^');
        List<int[]> ranges = new ArrayList<>();
        while (at < text.length() && text.charAt(at) != ']') {
            List<int[]> one = classAtom();
            boolean range = at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']';
            if (range) {
                at++;
                List<int[]> last = classAtom();
                int from = single(one);
                int to = single(last);
                if (to < from) {
                    throw error("a range of characters runs backwards");
                }
                one = CodePoints.of(from, to);
            }
            ranges.addAll(one);
        }
        if (!take(']')) {
            throw error("a class of characters is not closed");
        }
        return negative ? CodePoints.not(ranges) : ranges;
    }

    private int single(List<int[]> ranges) {
        if (ranges.size() != 1 || ranges.get(0)[0] != ranges.get(0)[1]) {
            throw error("a range of characters needs single characters at its ends");
        }
        return ranges.get(0)[0];
    }

    private List<int[]> classAtom() {
        if (take('\\')) {
            return escape();
        }
        return point(next());
    }

    private List<int[]> escape() {
        if (at == text.length()) {
            throw error("a backslash stands at the end");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case 'd' -> CodePoints.DIGITS;
            case 'D' -> CodePoints.not(CodePoints.DIGITS);
            case 'w' -> CodePoints.WORD;
            case 'W' -> CodePoints.not(CodePoints.WORD);
            case 's' -> CodePoints.SPACE;
            case 'S' -> CodePoints.not(CodePoints.SPACE);
            case 'n' -> point('\n');
            case 't' -> point('\t');
            case 'r' -> point('\r');
            case 'f' -> point('\f');
            case 'v' -> point(0x0B);
            case '0' -> zero();
            case 'x' -> point(hex(2));
            case 'u' -> point(take('{') ? braced() : hex(4));
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw error("\\" + c + " is not supported");
                }
                yield point(c);
            }
        };
    }

    private List<int[]> zero() {
        if (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            throw error("octal escapes are not supported");
        }
        return point(0);
    }

    private List<int[]> point(int point) {
        if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
            throw error("half a surrogate pair; write the character itself, or \\u{…}");
        }
        return CodePoints.of(point, point);
    }

    private int braced() {
        int end = text.indexOf('}', at);
        if (end < 0 || end - at > 6) {
            throw error("\\u{…} needs one to six hexadecimal digits");
        }
        int point = hex(end - at);
        at++;
        if (point > Character.MAX_CODE_POINT) {
            throw error("no character has that number");
        }
        return point;
    }

    private int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++, at++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw error("a hexadecimal digit is missing");
            }
            value = value * 16 + digit;
        }
        return value;
    }

    private boolean take(char c) {
        boolean here = at < text.length() && text.charAt(at) == c;
        at += here ? 1 : 0;
        return here;
    }

    private GuideException error(String what) {
        return new GuideException("regular expression [" + text + "], at " + at + ": " + what);
    }
}
