// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A string of the template language that knows which of its characters came from outside.
 *
 * <h2>Idea</h2>
 *
 * A template may trim, split, slice and join a message before it prints it. So origin is kept character by character, as the
 * offsets at which it flips, and every operation carries it along. What is printed at the end is cut into pieces at those
 * offsets, and no delimiter had to be hidden in the text.
 *
 * <p>Immutable. Equality is that of the characters, as templates see it.
 */
final class Text implements Comparable<Text> {
    private static final int[] NO_BORDERS = {};
    static final Text EMPTY = trusted("");

    private final String string;
    /** Ascending offsets at which origin flips; a text begins trusted. */
    private final int[] borders;

    private Text(String string, int[] borders) {
        this.string = string;
        this.borders = borders;
    }

    /** Text of the template itself. */
    static Text trusted(String string) {
        return new Text(string, NO_BORDERS);
    }

    /** Text from outside. */
    static Text untrusted(String string) {
        return string.isEmpty() ? EMPTY : new Text(string, new int[] {0, string.length()});
    }

    /** Other characters of the same origin; untrusted as a whole if any part was. */
    Text as(String other) {
        return borders.length == 0 ? trusted(other) : untrusted(other);
    }

    /** The characters. */
    String string() {
        return string;
    }

    int length() {
        return string.length();
    }

    boolean isEmpty() {
        return string.isEmpty();
    }

    /** The characters from {@code from} to before {@code to}. */
    Text slice(int from, int to) {
        if (from >= to) {
            return EMPTY;
        }
        int[] moved = new int[borders.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = Math.clamp(borders[i], from, to) - from;
        }
        return new Text(string.substring(from, to), withoutPairs(moved));
    }

    /** This text less the characters of {@code set} at its ends. */
    Text strip(String set, boolean left, boolean right) {
        int from = 0;
        int to = string.length();
        while (left && from < to && isIn(set, string.charAt(from))) {
            from++;
        }
        while (right && from < to && isIn(set, string.charAt(to - 1))) {
            to--;
        }
        return slice(from, to);
    }

    /** Whether {@code c} is in the set, white space where the set is empty. */
    private static boolean isIn(String set, char c) {
        return set.isEmpty()
                ? Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085'
                : set.indexOf(c) >= 0;
    }

    /** The parts between occurrences of {@code separator}, at most {@code max + 1} of them. */
    List<Object> split(String separator, long max) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = string.indexOf(separator); at >= 0 && parts.size() < max; at = string.indexOf(separator, from)) {
            parts.add(slice(from, at));
            from = at + separator.length();
        }
        parts.add(slice(from, string.length()));
        return parts;
    }

    /** The words between runs of white space, at most {@code max + 1} parts. */
    List<Object> splitWords(long max) {
        List<Object> parts = new ArrayList<>();
        Text rest = strip("", true, false);
        while (!rest.isEmpty()) {
            int end = 0;
            while (end < rest.length() && !isIn("", rest.string.charAt(end))) {
                end++;
            }
            if (parts.size() == max) {
                end = rest.length();
            }
            parts.add(rest.slice(0, end));
            rest = rest.slice(end, rest.length()).strip("", true, false);
        }
        return parts;
    }

    /** This text with {@code max} occurrences replaced, at most. */
    Text replace(String target, Text replacement, long max) {
        if (target.isEmpty()) {
            return this;
        }
        Builder builder = new Builder();
        List<Object> parts = split(target, max);
        for (int i = 0; i < parts.size(); i++) {
            builder.append(i == 0 ? EMPTY : replacement).append((Text) parts.get(i));
        }
        return builder.build();
    }

    /** The pieces of one origin each. */
    List<PromptPiece> pieces() {
        List<PromptPiece> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= borders.length; i++) {
            int to = i < borders.length ? borders[i] : string.length();
            if (from < to) {
                pieces.add(new PromptPiece(string.substring(from, to), i % 2 == 0));
            }
            from = to;
        }
        return pieces;
    }

    @Override
    public int compareTo(Text other) {
        return string.compareTo(other.string);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && string.equals(text.string);
    }

    @Override
    public int hashCode() {
        return string.hashCode();
    }

    @Override
    public String toString() {
        return string;
    }

    /** Two flips at one place are none. */
    private static int[] withoutPairs(int[] borders) {
        int kept = 0;
        for (int border : borders) {
            if (kept > 0 && borders[kept - 1] == border) {
                kept--;
            } else {
                borders[kept++] = border;
            }
        }
        return Arrays.copyOf(borders, kept);
    }

    /** Texts put together. */
    static final class Builder {
        private final StringBuilder string = new StringBuilder();
        private int[] borders = new int[8];
        private int count;

        /** Appends a text. */
        Builder append(Text text) {
            int start = string.length();
            borders = borders.length < count + text.borders.length
                    ? Arrays.copyOf(borders, 2 * (count + text.borders.length))
                    : borders;
            for (int border : text.borders) {
                if (count > 0 && borders[count - 1] == start + border) {
                    count--;
                } else {
                    borders[count++] = start + border;
                }
            }
            string.append(text.string);
            return this;
        }

        /** Appends text of the template or of the language. */
        Builder append(String trusted) {
            string.append(trusted);
            return this;
        }

        int length() {
            return string.length();
        }

        Text build() {
            return new Text(string.toString(), Arrays.copyOf(borders, count));
        }
    }
}
