// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

import org.opensearch.generate.runner.kernel.FloatMath;

/**
 * Log-probabilities of the tokens at one place: the log-softmax of the model's own logits, before penalties and truncation.
 *
 * @param largest the largest logit
 * @param logTotal logarithm of the sum of {@code exp(logit - largest)}
 */
public record Logprobs(float largest, double logTotal) {
    /** Most alternatives that anybody may ask for. */
    public static final int MAX_TOP = 20;

    /** Reads the logits. */
    public static Logprobs of(float[] logits) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double total = 0;
        for (float logit : logits) {
            total += FloatMath.exp(logit - largest);
        }
        return new Logprobs(largest, StrictMath.log(total));
    }

    /** The log-probability of a token with that logit. */
    public float of(float logit) {
        return (float) ((double) logit - largest - logTotal);
    }

    /** The ids of the {@code count} likeliest tokens, likeliest first, ties by the lower id. */
    public static int[] likeliest(float[] logits, int count) {
        int[] best = new int[Math.min(count, logits.length)];
        int found = 0;
        for (int id = 0; id < logits.length; id++) {
            boolean full = found == best.length;
            if (full && (found == 0 || logits[id] <= logits[best[found - 1]])) {
                continue;
            }
            int at = full ? found - 1 : found++;
            while (at > 0 && logits[id] > logits[best[at - 1]]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = id;
        }
        return best;
    }
}
