// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;

/**
 * All that stands in some texts, found token by token.
 *
 * <h2>Idea</h2>
 * A state is a set of strings that end at the same places; from each a token leads to the strings that are one longer. A string is
 * in the texts if its tokens lead from the root somewhere. Adding a token, and following one ({@link Cursor}), costs amortised
 * constant time; there are at most 2 states and 3 transitions a token. Texts are kept apart by marks that no token equals.
 *
 * <h2>Sources</h2>
 * Blumer et al., The smallest automaton recognizing the subwords of a text, Theoretical Computer Science 40, 1985. For drafts:
 * Oliaro et al., SuffixDecoding, arXiv 2411.04975, which uses trees.
 */
final class SuffixAutomaton {
    static final int ROOT = 0;
    private static final int NONE = -1;
    private static final int SMALLEST = 32;

    private int[] text = new int[SMALLEST];
    private int length;
    private int marks;
    /** The state of the whole text. */
    private int last = ROOT;

    private int states = 1;
    /** Of each state: its longest string, the state of the longest suffix that ends elsewhere too, one end, its transitions. */
    private int[] longest = new int[SMALLEST];

    private int[] link = new int[SMALLEST];
    private int[] end = new int[SMALLEST];
    private int[] firstTransition = new int[SMALLEST];

    private int transitions;
    /** Of each transition: from where by which token, to where, and the next one from the same state. */
    private long[] keys = new long[SMALLEST];

    private int[] targets = new int[SMALLEST];
    private int[] next = new int[SMALLEST];
    /** Transitions by key, counted from 1; 0 for a free slot. */
    private int[] table = new int[2 * SMALLEST];

    /** Transitions looked for, made and turned so far: what the time is spent on. */
    private long work;

    SuffixAutomaton() {
        link[ROOT] = NONE;
        firstTransition[ROOT] = NONE;
    }

    /** Tokens and marks so far. */
    int length() {
        return length;
    }

    /** Ends a text; the next token begins another. */
    void mark() {
        append(--marks);
    }

    /** Adds a token to the text. */
    void add(int token) {
        if (token < 0) {
            throw new IllegalArgumentException("tokens are from 0 on, found " + token);
        }
        append(token);
    }

    private void append(int symbol) {
        if (length == text.length) {
            text = Arrays.copyOf(text, 2 * length);
        }
        text[length] = symbol;
        int state = newState(longest[last] + 1, length++);
        int from = last;
        last = state;
        while (from != NONE && find(from, symbol) == NONE) {
            addTransition(from, symbol, state);
            from = link[from];
        }
        if (from == NONE) {
            link[state] = ROOT;
            return;
        }
        int to = targets[find(from, symbol)];
        if (longest[to] == longest[from] + 1) {
            link[state] = to;
            return;
        }
        int shorter = newState(longest[from] + 1, end[to]);
        for (int t = firstTransition[to]; t != NONE; t = next[t]) {
            addTransition(shorter, (int) keys[t], targets[t]);
        }
        link[shorter] = link[to];
        link[to] = shorter;
        link[state] = shorter;
        while (from != NONE) {
            int transition = find(from, symbol);
            if (targets[transition] != to) {
                break;
            }
            targets[transition] = shorter;
            from = link[from];
        }
    }

    private int newState(int longestString, int endsAt) {
        if (states == longest.length) {
            longest = Arrays.copyOf(longest, 2 * states);
            link = Arrays.copyOf(link, 2 * states);
            end = Arrays.copyOf(end, 2 * states);
            firstTransition = Arrays.copyOf(firstTransition, 2 * states);
        }
        longest[states] = longestString;
        end[states] = endsAt;
        firstTransition[states] = NONE;
        return states++;
    }

    private void addTransition(int from, int symbol, int to) {
        if (transitions == keys.length) {
            keys = Arrays.copyOf(keys, 2 * transitions);
            targets = Arrays.copyOf(targets, 2 * transitions);
            next = Arrays.copyOf(next, 2 * transitions);
            table = new int[4 * transitions];
            for (int t = 0; t < transitions; t++) {
                table[slot(keys[t])] = t + 1;
            }
        }
        long key = key(from, symbol);
        keys[transitions] = key;
        targets[transitions] = to;
        next[transitions] = firstTransition[from];
        firstTransition[from] = transitions;
        table[slot(key)] = ++transitions;
    }

    private static long key(int from, int symbol) {
        return (long) from << Integer.SIZE | (symbol & 0xFFFFFFFFL);
    }

    private int slot(long key) {
        int mask = table.length - 1;
        int slot = Hash.of(key) & mask;
        while (table[slot] != 0 && keys[table[slot] - 1] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** The transition from a state by a token; {@link #NONE} if there is none. */
    private int find(int from, int symbol) {
        work++;
        return table[slot(key(from, symbol))] - 1;
    }

    /** Length of the longest end of the text that stands at an earlier place too. */
    int repeated() {
        return last == ROOT ? 0 : longest[link[last]];
    }

    /** What follows that earlier place, at most so many tokens; what reaches the end of the text is taken to repeat. */
    int[] afterRepeated(int limit) {
        int from = end[link[last]] + 1;
        int[] found = new int[limit];
        for (int i = 0; i < limit; i++) {
            int at = from + i;
            int symbol = at < length ? text[at] : found[at - length];
            if (symbol < 0) {
                return Arrays.copyOf(found, i);
            }
            found[i] = symbol;
        }
        return found;
    }

    long work() {
        return work;
    }

    int states() {
        return states;
    }

    int transitions() {
        return transitions;
    }

    /** Memory that it has taken. */
    long bytes() {
        return (long) text.length * Integer.BYTES
                + 4L * longest.length * Integer.BYTES
                + (long) keys.length * (Long.BYTES + 2 * Integer.BYTES)
                + (long) table.length * Integer.BYTES;
    }

    /** Reads another text along: at each token, the longest end of what was read that stands in the automaton's texts. */
    final class Cursor {
        private int state = ROOT;
        private int match;

        /** The automaton it reads along. */
        SuffixAutomaton automaton() {
            return SuffixAutomaton.this;
        }

        void read(int token) {
            settle();
            int transition = find(state, token);
            while (transition == NONE && state != ROOT) {
                state = link[state];
                match = longest[state];
                transition = find(state, token);
            }
            if (transition != NONE) {
                state = targets[transition];
                match++;
            }
        }

        /** The automaton may have grown: the match's own state can be a shorter one now. */
        private void settle() {
            while (state != ROOT && match <= longest[link[state]]) {
                state = link[state];
            }
        }

        /** Length of that end. */
        int match() {
            return match;
        }

        /** What follows it at the first place where it stands, at most so many tokens, up to the end of that text. */
        int[] after(int limit) {
            settle();
            int from = end[state] + 1;
            int count = 0;
            while (state != ROOT && count < limit && from + count < length && text[from + count] >= 0) {
                count++;
            }
            return Arrays.copyOfRange(text, from, from + count);
        }
    }
}
