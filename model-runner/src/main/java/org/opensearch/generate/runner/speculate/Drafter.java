// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import org.opensearch.generate.runner.sample.TokenHistory;

/**
 * Guesses what comes next in one sequence. A guess never changes an answer: the model chooses every token as it would without, and
 * those of a draft that it chooses too have cost no step of their own. Owned by the engine's thread.
 *
 * <p>Verifying drafts in one step: Leviathan et al., arXiv 2211.17192; Chen et al., arXiv 2302.01318.
 */
public interface Drafter {
    /** Its name in requests and statistics. */
    String name();

    /**
     * Begins what takes time of the next {@link #draft}, for all sequences of a step before the first of them is asked for its draft.
     *
     * @param threshold the draft will end after the token that takes the product of the probabilities below it
     */
    default void begin(TokenHistory tokens, int limit, double threshold) {}

    /**
     * Guesses the tokens after those of a sequence.
     *
     * @param tokens the sequence; between two calls it only grows
     * @param limit most tokens wanted, at least 1
     * @return as many as there is reason for, perhaps none
     */
    Draft draft(TokenHistory tokens, int limit);

    /**
     * Adds tokens to a draft that are worth a row each for the drafts after this one, whether or not they are accepted.
     *
     * @param draft what is left of the latest draft
     * @param limit most tokens of the result
     */
    default Draft widen(Draft draft, int limit) {
        return draft;
    }

    /** Whether it learns from the tokens that the model finds likeliest: they take a look at every logit. */
    default boolean wantsLikeliest() {
        return false;
    }

    /**
     * What the model did with a draft.
     *
     * @param draft what was verified: the latest draft, or its first tokens
     * @param accepted how many of its tokens the model chose too
     * @param chosen the tokens that the model finds likeliest after the sequence's last token and after each token of the draft,
     *     also after those it did not choose; empty unless {@link #wantsLikeliest}
     */
    void verified(Draft draft, int accepted, int[] chosen);
}
