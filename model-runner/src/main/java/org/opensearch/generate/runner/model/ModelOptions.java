// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import org.opensearch.generate.runner.kernel.DataType;

/**
 * How much of a device a model takes beside its weights.
 *
 * @param kvBytes bytes for KV pages; whole pages are taken, at least one
 * @param kvType how keys and values are stored, {@code F32} or {@code BF16}
 * @param maxBatchRows most rows of a step
 * @param maxContext longest context in tokens; what the model was made for, and what the pages hold, limit it further
 */
public record ModelOptions(long kvBytes, DataType kvType, int maxBatchRows, int maxContext) {
    /** Checks ranges. */
    public ModelOptions {
        if (kvType != DataType.F32 && kvType != DataType.BF16) {
            throw new IllegalArgumentException("KV type must be F32 or BF16, found " + kvType);
        }
        if (maxBatchRows < 1 || maxContext < 1) {
            throw new IllegalArgumentException(
                    "batch rows and context must be at least 1, found " + maxBatchRows + " and " + maxContext);
        }
    }
}
