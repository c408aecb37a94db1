// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import org.jspecify.annotations.Nullable;

/**
 * How often drafted tokens are accepted, by the length of the match that stands before them: what takes the place of probabilities
 * for drafters that have none. One sequence's counts begin with those of all sequences, and are forgotten by and by, so that what
 * fails now is tried again later.
 */
public final class Acceptance {
    /** Tokens that count as much as what is believed before any is seen. */
    private static final double PRIOR_WEIGHT = 3;

    private static final double KEPT = 0.97;
    private static final double KEPT_UNUSED = 0.995;
    private static final double[] FIRST_GUESS = {0.3, 0.4, 0.6, 0.75, 0.85, 0.9};

    private final @Nullable Acceptance all;
    private final double[] accepted = new double[FIRST_GUESS.length];
    private final double[] seen = new double[FIRST_GUESS.length];

    /** Of all sequences. */
    public Acceptance() {
        this(null);
    }

    private Acceptance(@Nullable Acceptance all) {
        this.all = all;
    }

    /** Of one sequence; what it learns, this one learns too. */
    public Acceptance ofSequence() {
        return new Acceptance(this);
    }

    private static int bucket(int match) {
        int log = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, match) - 1);
        return Math.min(log, FIRST_GUESS.length - 1);
    }

    /** The share of tokens that are accepted after so long a match; above 0, below 1. */
    public float rate(int match) {
        return (float) rateOf(bucket(match));
    }

    private double rateOf(int bucket) {
        double before = all == null ? FIRST_GUESS[bucket] : all.rateOf(bucket);
        return (accepted[bucket] + PRIOR_WEIGHT * before) / (seen[bucket] + PRIOR_WEIGHT);
    }

    /** The rates for the tokens of a draft: each that is right makes the match longer. */
    float[] rates(int match, int count) {
        float[] rates = new float[count];
        for (int i = 0; i < count; i++) {
            rates[i] = rate(match + i);
        }
        return rates;
    }

    /** A draft was proposed: what is known fades a little. */
    void proposed() {
        for (int bucket = 0; bucket < seen.length; bucket++) {
            accepted[bucket] *= KEPT_UNUSED;
            seen[bucket] *= KEPT_UNUSED;
        }
    }

    /** Of a draft after such a match so many tokens were accepted; the one after them, if there is one, was not. */
    void verified(int match, int drafted, int acceptedTokens) {
        for (int i = 0; i < Math.min(drafted, acceptedTokens + 1); i++) {
            count(bucket(match + i), i < acceptedTokens);
        }
    }

    private void count(int bucket, boolean right) {
        accepted[bucket] = KEPT * accepted[bucket] + (right ? 1 : 0);
        seen[bucket] = KEPT * seen[bucket] + 1;
        if (all != null) {
            all.count(bucket, right);
        }
    }
}
