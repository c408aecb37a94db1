// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

/** A smaller model with the same vocabulary, which continues texts for another one. Any thread. */
public interface DraftModel {
    /**
     * Begins to continue a text with the tokens that the model finds likeliest; returns at once.
     *
     * @param tokens the text; not changed by anybody any more
     * @param salt keeps prefixes that the model remembers apart, as for requests
     * @param limit most tokens
     * @param threshold the draft may end after the token that takes the product of the probabilities below it
     * @param nanos for how long, at most
     */
    Pending begin(int[] tokens, String salt, int limit, double threshold, long nanos);

    /** A draft that is being made. */
    interface Pending {
        /** Whether the model has ended it. */
        boolean isDone();

        /** The draft; waits for its end, no longer than for the time that was given. Empty if the model could not make any. */
        Draft get();
    }
}
