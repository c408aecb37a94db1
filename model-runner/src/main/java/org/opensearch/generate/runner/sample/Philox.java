// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

/**
 * Philox4x32-10, a counter-based generator: a number is a function of key and counter alone, so a draw does not depend on what
 * was drawn before. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_2 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox() {}

    /** A number in [0, 1) with 53 random bits. */
    static double uniform(long seed, long position) {
        int[] words = block(new int[] {(int) position, (int) (position >>> 32), 0, 0}, (int) seed, (int) (seed >>> 32));
        long bits = ((long) words[0] << 32 | (words[1] & 0xFFFFFFFFL)) >>> 11;
        return bits * 0x1p-53;
    }

    /** The four words that stand at a counter. */
    static int[] block(int[] counter, int key0, int key1) {
        int c0 = counter[0];
        int c1 = counter[1];
        int c2 = counter[2];
        int c3 = counter[3];
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = (c0 & 0xFFFFFFFFL) * MULTIPLIER_0;
            long product2 = (c2 & 0xFFFFFFFFL) * MULTIPLIER_2;
            c0 = (int) (product2 >>> 32) ^ c1 ^ (key0 + round * WEYL_0);
            c1 = (int) product2;
            c2 = (int) (product0 >>> 32) ^ c3 ^ (key1 + round * WEYL_1);
            c3 = (int) product0;
        }
        return new int[] {c0, c1, c2, c3};
    }
}
