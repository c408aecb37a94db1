// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Arrays;

/** The tokens that may come next. Immutable. */
public final class TokenMask {
    private final int vocabulary;
    private final long[] bits;
    private final int count;

    TokenMask(int vocabulary, long[] bits) {
        this.vocabulary = vocabulary;
        this.bits = bits;
        int ones = 0;
        for (int word = 0; word < bits.length; word++) {
            ones += Long.bitCount(bits[word]);
        }
        count = ones;
    }

    /** Whether the token may come. */
    public boolean allows(int id) {
        return id >= 0 && id < vocabulary && (bits[id / Long.SIZE] >>> id & 1) != 0;
    }

    /** Its memory. */
    long bytes() {
        return (long) bits.length * Long.BYTES;
    }

    /** How many tokens may come. */
    public int count() {
        return count;
    }

    /** Makes the logits of all other tokens minus infinity. */
    public void apply(float[] logits) {
        int id = 0;
        for (int word = 0; word < bits.length && id < logits.length; word++) {
            long allowed = bits[word];
            int end = Math.min(logits.length, id + Long.SIZE);
            if (allowed == 0) {
                Arrays.fill(logits, id, end, Float.NEGATIVE_INFINITY);
            } else if (allowed != -1L) {
                for (int i = id; i < end; i++) {
                    if ((allowed >>> i & 1) == 0) {
                        logits[i] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
            id = end;
        }
        Arrays.fill(logits, Math.min(id, logits.length), logits.length, Float.NEGATIVE_INFINITY);
    }
}
