// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;

/**
 * A run of tokens that may come next.
 *
 * @param drafter who proposes it
 * @param tokens the tokens, in order
 * @param probabilities for each token, how likely it is right if all before it are
 * @param match tokens before the draft that the drafter has found elsewhere; 0 if it works otherwise
 */
@SuppressWarnings("ArrayRecordComponent")
public record Draft(String drafter, int[] tokens, float[] probabilities, int match) {
    /** No token. */
    public static final Draft NONE = new Draft("", new int[0], new float[0], 0);

    /** How many tokens. */
    public int length() {
        return tokens.length;
    }

    /** How many of its tokens will be accepted, on the average: the sum of the cumulative products of the probabilities. */
    public double expected() {
        double expected = 0;
        double product = 1;
        for (float probability : probabilities) {
            product *= probability;
            expected += product;
        }
        return expected;
    }

    /** The first tokens, at most all. */
    public Draft first(int count) {
        return count >= tokens.length
                ? this
                : new Draft(drafter, Arrays.copyOf(tokens, count), Arrays.copyOf(probabilities, count), match);
    }
}
