// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/**
 * Limits of an engine.
 *
 * @param maxStepTokens most tokens computed in one step, prefill and decode together; at most the model's batch rows
 * @param maxSequences most answers that grow at the same time; at most {@code maxStepTokens}
 * @param maxQueue most requests that wait; one more is refused with {@link OverloadedException}
 */
public record EngineOptions(int maxStepTokens, int maxSequences, int maxQueue) {
    /** Checks ranges. */
    public EngineOptions {
        if (maxStepTokens < 1 || maxSequences < 1 || maxSequences > maxStepTokens || maxQueue < 1) {
            throw new IllegalArgumentException("step tokens " + maxStepTokens + ", sequences " + maxSequences
                    + " and queue " + maxQueue + " must be at least 1, sequences at most step tokens");
        }
    }
}
