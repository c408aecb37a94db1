// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

/** Keys to slots of tables with open addressing. */
final class Hash {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private Hash() {}

    /** Bits of which the low ones are as good as any. */
    static int of(long key) {
        long mixed = (key ^ (key >>> Integer.SIZE)) * MULTIPLIER;
        return (int) (((mixed ^ (mixed >>> 29)) * MULTIPLIER) >>> Integer.SIZE);
    }
}
