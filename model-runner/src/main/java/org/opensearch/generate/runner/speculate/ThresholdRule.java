// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

/**
 * How many tokens of a draft are worth verifying, for one sequence.
 *
 * <p>{@code p[i]} is the product of the probabilities of the draft's tokens up to the i-th, and 1 before the first. A draft ends
 * after the token whose {@code p} is below the threshold {@code t}, and has at most {@value #MOST_TOKENS} tokens. After a
 * rejection {@code t = (t + p[last accepted]) / 2}, so that the next draft ends about where this one went wrong; after full
 * acceptance {@code t} falls by {@value #FULL_ACCEPTANCE}. It starts at {@value #START} and stays from {@value #LEAST} to {@value
 * #MOST}.
 */
public final class ThresholdRule {
    /** Most tokens of a draft. */
    public static final int MOST_TOKENS = 16;

    static final double START = 0.4;
    static final double LEAST = 0.05;
    static final double MOST = 0.95;
    static final double FULL_ACCEPTANCE = 0.1;

    private double threshold = START;

    /** The threshold now. */
    public double threshold() {
        return threshold;
    }

    /** Whether a draft ends with a token whose {@code p} is this. */
    public boolean endsAt(double product) {
        return product < threshold;
    }

    /** What the rule leaves of a draft. */
    public Draft cut(Draft draft) {
        int most = Math.min(draft.length(), MOST_TOKENS);
        double product = 1;
        for (int i = 0; i < most; i++) {
            product *= draft.probabilities()[i];
            if (endsAt(product)) {
                return draft.first(i + 1);
            }
        }
        return draft.first(most);
    }

    /** So many tokens of a draft that was verified were accepted. */
    public void verified(Draft draft, int accepted) {
        if (draft.length() == 0) {
            return;
        }
        if (accepted == draft.length()) {
            threshold -= FULL_ACCEPTANCE;
        } else {
            double product = 1;
            for (int i = 0; i < accepted; i++) {
                product *= draft.probabilities()[i];
            }
            threshold = (threshold + product) / 2;
        }
        threshold = Math.clamp(threshold, LEAST, MOST);
    }
}
