// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random cases that can be replayed: each run has one seed, from {@code -Dtest.seed=} if it is given, and a failing case says
 * which.
 */
public final class Seeds {
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private Seeds() {}

    /** A test of one random case. */
    @FunctionalInterface
    public interface Case {
        void run(RandomGenerator random) throws Exception;
    }

    /** Runs {@code count} cases; the seed of a failing one runs it alone, as the first. */
    public static void forAll(int count, Case test) throws Exception {
        String given = System.getProperty("test.seed", "");
        long seed = given.isEmpty() ? ThreadLocalRandom.current().nextLong() : Long.parseUnsignedLong(given, 16);
        for (int i = 0; i < count; i++, seed++) {
            try {
                test.run(GENERATORS.create(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError(
                        "replay with -Dtest.seed=" + Long.toHexString(seed) + ": " + e.getMessage(), e);
            }
        }
    }

    /** The generator of one fixed seed, for tests whose bounds hold for that seed. */
    public static RandomGenerator fixed(long seed) {
        return GENERATORS.create(seed);
    }
}
