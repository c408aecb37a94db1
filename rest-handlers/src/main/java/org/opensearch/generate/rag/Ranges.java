// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

/** Checks of request fields, all worded alike: the field, what is allowed, what was found. */
final class Ranges {
    private Ranges() {}

    static void check(String field, long value, long smallest, long largest) {
        if (value < smallest || value > largest) {
            throw new IllegalArgumentException(
                    "[" + field + "] must be from " + smallest + " to " + largest + ", found " + value);
        }
    }
}
