// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.util.Arrays;
import org.opensearch.generate.runner.engine.Generation;

/** Tokens a second. */
final class Rates {
    private Rates() {}

    /** Prompt tokens a second that were computed, not found. */
    static double prefill(Generation answer) {
        return perSecond(answer.promptTokens() - answer.cachedTokens(), answer.prefillNanos());
    }

    /** Tokens a second after the first. */
    static double decode(Generation answer) {
        return perSecond(answer.tokens().size() - 1L, answer.decodeNanos());
    }

    static double perSecond(long tokens, long nanos) {
        return nanos <= 0 ? 0 : Math.max(0, tokens) * 1e9 / nanos;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
