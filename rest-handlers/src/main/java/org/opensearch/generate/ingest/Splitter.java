// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * Cuts a text into chunks of so many tokens.
 *
 * <h2>Idea</h2>
 * A chunk ends at the last end of a sentence that its tokens allow; where not even one sentence fits, at the last end of a word;
 * where not even one word fits, between two characters. The next chunk begins as far back as the overlap allows, at the beginning
 * of a sentence or else of a word; without overlap where only so it can end with a sentence, or go on at all. Nothing is left out: without the
 * overlaps, chunks put together are the text.
 *
 * <p>Tokens of parts do not add up to those of the whole, so each chunk is counted as it stands. The characters that a token took
 * in the chunk before say where to look first.
 */
final class Splitter {
    /** A character and what a tokenizer puts before it never take more tokens. */
    static final int LEAST_TOKENS = 8;

    private static final double FIRST_CHARS_PER_TOKEN = 3;

    /** A part of so many times the expected length is looked at piece by piece. */
    private static final int FAR_TOO_LONG = 4;

    private final Tokenizer tokenizer;
    private final int tokenLimit;
    private final int overlapTokens;

    /**
     * A part of a text.
     *
     * @param start its first character
     * @param end behind its last
     * @param tokens how many it has by itself
     */
    record Chunk(int start, int end, int tokens) {}

    /**
     * @param tokenizer counts; stays the caller's
     * @param tokenLimit most tokens of a chunk, at least {@value #LEAST_TOKENS}
     * @param overlapTokens most tokens that a chunk has in common with the one before, less than {@code tokenLimit}
     */
    Splitter(Tokenizer tokenizer, int tokenLimit, int overlapTokens) {
        this.tokenizer = tokenizer;
        this.tokenLimit = tokenLimit;
        this.overlapTokens = overlapTokens;
    }

    /** The chunks of a text, in order; none of a text that is blank. */
    List<Chunk> split(String text) {
        return text.isBlank() ? List.of() : new Run(text).chunks();
    }

    /** Of the indexes from {@code lo} below {@code hi}, the last that fits, if those that fit come first; {@code lo - 1} if none. */
    static int last(int lo, int hi, int guess, IntPredicate fits) {
        int good = lo - 1;
        int bad = hi;
        int probe = Math.clamp(guess, lo, Math.max(lo, hi - 1));
        for (int step = 1; bad - good > 1; step *= 2) {
            if (fits.test(probe)) {
                good = probe;
            } else {
                bad = probe;
            }
            if (bad == hi) {
                probe = Math.min(hi - 1, good + step);
            } else if (good == lo - 1) {
                probe = Math.max(lo, bad - step);
            } else {
                probe = (good + bad) >>> 1;
            }
        }
        return good;
    }

    /** Places behind which a part of a text begins, in ascending order: the breaks, each moved behind the white space there. */
    private static IntStream edges(String text, BreakIterator breaks) {
        breaks.setText(text);
        return IntStream.iterate(breaks.first(), at -> at != BreakIterator.DONE, at -> breaks.next())
                .map(at -> at == 0 ? 0 : behindSpace(text, at))
                .distinct();
    }

    private static int behindSpace(String text, int at) {
        int behind = at;
        while (behind < text.length() && Character.isWhitespace(text.charAt(behind))) {
            behind++;
        }
        return behind;
    }

    /** Ends of sentences and of lines. */
    private static int[] sentences(String text) {
        IntStream lines = IntStream.range(1, text.length())
                .filter(at -> text.charAt(at - 1) == '\n' && !Character.isWhitespace(text.charAt(at)));
        IntStream sentences = edges(text, BreakIterator.getSentenceInstance(Locale.ROOT))
                .filter(at -> at == 0 || at == text.length() || endsSentence(text, at));
        return IntStream.concat(sentences, lines).sorted().distinct().toArray();
    }

    /** Java breaks some texts with emoji behind the last letter, before the full stop: no sentence ends there. */
    private static boolean endsSentence(String text, int at) {
        return !Character.isLetterOrDigit(text.codePointBefore(at));
    }

    private static int[] characters(String text) {
        return IntStream.rangeClosed(0, text.length())
                .filter(at -> at == 0
                        || at == text.length()
                        || !Character.isLowSurrogate(text.charAt(at))
                        || !Character.isHighSurrogate(text.charAt(at - 1)))
                .toArray();
    }

    /** One text on its way. */
    private final class Run {
        private final String text;
        private final int[] sentences;
        private int[] words = {};
        private int[] characters = {};
        private double charsPerToken = FIRST_CHARS_PER_TOKEN;

        Run(String text) {
            this.text = text;
            this.sentences = sentences(text);
        }

        List<Chunk> chunks() {
            List<Chunk> chunks = new ArrayList<>();
            int start = 0;
            int end = 0;
            while (end < text.length()) {
                int from = chunks.isEmpty() ? 0 : overlap(start, end);
                int to = longest(sentences, from, end);
                if (to < 0 && from < end) {
                    to = longest(sentences, end, end);
                    from = to < 0 ? from : end;
                }
                if (to < 0) {
                    to = longest(words(), from, end);
                }
                if (to < 0) {
                    from = end;
                    to = longest(words(), from, end);
                }
                if (to < 0) {
                    to = longest(characters(), from, end);
                }
                if (to < 0) {
                    throw new IllegalStateException("character " + end + " has more than " + tokenLimit + " tokens");
                }
                int tokens = tokens(from, to);
                charsPerToken = (to - from) / (double) Math.max(1, tokens);
                chunks.add(new Chunk(from, to, tokens));
                start = from;
                end = to;
            }
            return List.copyOf(chunks);
        }

        /** The furthest edge behind {@code end} to which a chunk from {@code from} may reach, or -1. */
        private int longest(int[] edges, int from, int end) {
            int lo = after(edges, end);
            int guess = after(edges, from + (int) (tokenLimit * charsPerToken)) - 1;
            int found = last(lo, edges.length, guess, i -> fits(from, edges[i], tokenLimit));
            return found < lo ? -1 : edges[found];
        }

        /** Where the chunk behind {@code end} begins: behind {@code start}, as far back as the overlap allows. */
        private int overlap(int start, int end) {
            if (overlapTokens == 0) {
                return end;
            }
            int from = earliest(sentences, start, end);
            return from == end ? earliest(words(), start, end) : from;
        }

        private int earliest(int[] edges, int start, int end) {
            int lo = after(edges, start);
            int below = after(edges, end - 1);
            int steps = below - after(edges, end - 1 - (int) (overlapTokens * charsPerToken));
            int found = last(1, below - lo + 1, steps, back -> fits(edges[below - back], end, overlapTokens));
            return found < 1 ? end : edges[below - found];
        }

        /** Whether a part has no more than so many tokens. A part far too long is known by its beginning. */
        private boolean fits(int from, int to, int limit) {
            long reach = (long) (FAR_TOO_LONG * charsPerToken * tokenLimit);
            while (reach < to - from) {
                int piece = from + (int) reach;
                if (tokens(from, Character.isLowSurrogate(text.charAt(piece)) ? piece + 1 : piece) > 2 * limit) {
                    return false;
                }
                reach *= 2;
            }
            return tokens(from, to) <= limit;
        }

        private int tokens(int from, int to) {
            return tokenizer.encode(text.substring(from, to)).length;
        }

        /** The first index of an edge that lies behind a place. */
        private static int after(int[] edges, int place) {
            int lo = 0;
            int hi = edges.length;
            while (lo < hi) {
                int middle = (lo + hi) >>> 1;
                if (edges[middle] > place) {
                    hi = middle;
                } else {
                    lo = middle + 1;
                }
            }
            return lo;
        }

        /** Signs stay with the word before them. */
        private int[] words() {
            if (words.length == 0) {
                words = edges(text, BreakIterator.getWordInstance(Locale.ROOT))
                        .filter(at -> at == 0
                                || at == text.length()
                                || Character.isLetterOrDigit(text.codePointAt(at))
                                || Character.isWhitespace(text.charAt(at - 1)))
                        .toArray();
            }
            return words;
        }

        private int[] characters() {
            if (characters.length == 0) {
                characters = Splitter.characters(text);
            }
            return characters;
        }
    }
}
