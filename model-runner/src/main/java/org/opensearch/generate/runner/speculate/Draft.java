// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;
import java.util.List;

/**
 * A run of tokens that may come next. With its branches it is a tree: other runs from the same place.
 *
 * @param drafter who proposes it
 * @param tokens the tokens, in order
 * @param probabilities for each token, how likely it is right if all before it are
 * @param match tokens before the draft that the drafter has found elsewhere; 0 if it works otherwise
 * @param branches what may come instead, likeliest first; each begins with a token of its own, whose probability takes into account
 *     that the run's is likelier, and has no branches itself
 */
@SuppressWarnings("ArrayRecordComponent")
public record Draft(String drafter, int[] tokens, float[] probabilities, int match, List<Draft> branches) {
    /** No token. */
    public static final Draft NONE = new Draft("", new int[0], new float[0], 0);

    /** Below this probability of its first token a branch is not worth its rows. */
    private static final double LEAST_BRANCH = 0.1;

    /** Without branches. */
    public Draft(String drafter, int[] tokens, float[] probabilities, int match) {
        this(drafter, tokens, probabilities, match, List.of());
    }

    /** The same with other branches. */
    public Draft with(List<Draft> others) {
        return new Draft(drafter, tokens, probabilities, match, others);
    }

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

    /** Whether it is likely enough to be a branch of another draft. */
    public boolean isWorthABranch() {
        return probabilities[0] >= LEAST_BRANCH;
    }

    /** The first tokens, at most all, and all branches. */
    public Draft first(int count) {
        return count >= tokens.length
                ? this
                : new Draft(
                        drafter, Arrays.copyOf(tokens, count), Arrays.copyOf(probabilities, count), match, branches);
    }
}
