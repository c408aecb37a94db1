// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;
import org.opensearch.generate.runner.sample.TokenHistory;

/**
 * Drafts what followed the last tokens where they stood before in the sequence, prompt or answer: an answer from documents often
 * repeats their words. Saxena, Prompt Lookup Decoding, 2023.
 *
 * <p>Of the latest {@value #CANDIDATES} places where the last {@value #LEAST_MATCH} tokens stood, the one with the longest match
 * counts, of equal ones the latest. A place so near the end that the text after it ends before the draft does is taken to repeat.
 * A token costs one entry in a hash table, a draft at most {@value #CANDIDATES} times {@value #MOST_MATCH} comparisons; the memory
 * is at most 60 bytes a token.
 */
public final class PromptLookup implements Drafter {
    /** Its name. */
    public static final String NAME = "prompt_lookup";

    static final int LEAST_MATCH = 2;
    static final int MOST_MATCH = 32;
    static final int CANDIDATES = 16;

    private static final int SMALLEST_TABLE = 64;
    private static final int NONE = 0;

    private final Acceptance acceptance;
    /** Pairs of tokens, by open addressing; where {@link #latest} is {@link #NONE} the slot is free. */
    private long[] pairs = new long[SMALLEST_TABLE];
    /** Position of the second token of the latest such pair. */
    private int[] latest = new int[SMALLEST_TABLE];
    /** For each position, that of the second token of the same pair before. */
    private int[] before = new int[SMALLEST_TABLE];

    private int distinct;
    private int indexed = 1;

    /** For one sequence. */
    public PromptLookup(Acceptance acceptance) {
        this.acceptance = acceptance;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Draft draft(TokenHistory history, int limit) {
        int length = history.length();
        int[] tokens = history.tokens();
        index(tokens, length);
        if (length <= LEAST_MATCH) {
            return Draft.NONE;
        }
        int place = NONE;
        int match = LEAST_MATCH - 1;
        int candidate = latest[slot(pair(tokens, length - 1))];
        for (int i = 0; i < CANDIDATES && candidate != NONE; i++) {
            int found = match(tokens, candidate, length - 1);
            if (found > match) {
                match = found;
                place = candidate;
            }
            candidate = before[candidate];
        }
        if (place == NONE) {
            return Draft.NONE;
        }
        int[] draft = new int[limit];
        for (int i = 0; i < limit; i++) {
            int at = place + 1 + i;
            draft[i] = at < length ? tokens[at] : draft[at - length];
        }
        acceptance.proposed();
        return new Draft(NAME, draft, acceptance.rates(match, limit), match);
    }

    /** How many tokens that end at two positions are equal. */
    private static int match(int[] tokens, int earlier, int later) {
        int match = 0;
        while (match < MOST_MATCH && match <= earlier && tokens[earlier - match] == tokens[later - match]) {
            match++;
        }
        return match;
    }

    /** Takes up all pairs but the last, which is looked for. */
    private void index(int[] tokens, int length) {
        if (before.length < length) {
            before = Arrays.copyOf(before, Math.max(length, 2 * before.length));
        }
        for (; indexed < length - 1; indexed++) {
            if (2 * distinct >= pairs.length) {
                grow();
            }
            long pair = pair(tokens, indexed);
            int slot = slot(pair);
            if (latest[slot] == NONE) {
                pairs[slot] = pair;
                distinct++;
            }
            before[indexed] = latest[slot];
            latest[slot] = indexed;
        }
    }

    private static long pair(int[] tokens, int second) {
        return (long) tokens[second - 1] << Integer.SIZE | tokens[second];
    }

    /** Where a pair is, or would be. */
    private int slot(long pair) {
        int mask = pairs.length - 1;
        int slot = Hash.of(pair) & mask;
        while (latest[slot] != NONE && pairs[slot] != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldPairs = pairs;
        int[] oldLatest = latest;
        pairs = new long[2 * oldPairs.length];
        latest = new int[pairs.length];
        for (int i = 0; i < oldPairs.length; i++) {
            if (oldLatest[i] != NONE) {
                int slot = slot(oldPairs[i]);
                pairs[slot] = oldPairs[i];
                latest[slot] = oldLatest[i];
            }
        }
    }

    /** Memory that it has taken. */
    long bytes() {
        return (long) pairs.length * (Long.BYTES + Integer.BYTES) + (long) before.length * Integer.BYTES;
    }

    @Override
    public void verified(Draft draft, int accepted, int[] chosen) {
        acceptance.verified(draft.match(), draft.length(), accepted);
    }
}
