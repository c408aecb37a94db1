// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import org.opensearch.generate.runner.KvTypes;
import org.opensearch.generate.runner.kernel.DataType;

/**
 * How much of a device a model takes beside its weights.
 *
 * @param kvBytes bytes for KV pages; whole pages are taken, at least one
 * @param kvType how keys and values are stored, {@code F32}, {@code BF16} or {@code I8}
 * @param maxBatchRows most rows of a step
 * @param maxContext longest context in tokens; what the model was made for limits it further
 */
public record ModelOptions(long kvBytes, DataType kvType, int maxBatchRows, int maxContext) {
    /** Checks ranges. */
    public ModelOptions {
        KvTypes.name(kvType);
        if (maxBatchRows < 1 || maxContext < 1) {
            throw new IllegalArgumentException(
                    "batch rows and context must be at least 1, found " + maxBatchRows + " and " + maxContext);
        }
    }
}
