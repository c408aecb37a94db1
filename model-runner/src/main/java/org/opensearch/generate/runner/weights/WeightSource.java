// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.util.Locale;

/** Where a loaded model's packed weights came from. */
public enum WeightSource {
    /** Packed from the model's files, in this load. */
    MODEL,
    /** The file of an earlier load, mapped. */
    MAPPED,
    /** The file of an earlier load, read into memory. */
    READ;

    /** As replies and statistics show it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
