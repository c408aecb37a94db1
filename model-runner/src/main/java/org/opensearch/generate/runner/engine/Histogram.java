// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** Counts durations in buckets an eighth of a power of two wide, so that a percentile is right within 7 percent. */
final class Histogram {
    private static final int STEPS = 8;
    private static final int STEP_BITS = 3;
    private final long[] counts = new long[Long.SIZE * STEPS];
    private long count;

    void add(long nanos) {
        counts[bucket(Math.max(0, nanos))]++;
        count++;
    }

    EngineStats.Latency latency() {
        return new EngineStats.Latency(count, millis(0.50), millis(0.95), millis(0.99));
    }

    private double millis(double quantile) {
        long rank = (long) Math.ceil(quantile * count);
        long below = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            below += counts[bucket];
            if (below >= rank && below > 0) {
                return (start(bucket) + start(bucket + 1)) / 2e6;
            }
        }
        return 0;
    }

    private static int bucket(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        int step = (int) (nanos >>> (exponent - STEP_BITS)) & (STEPS - 1);
        return (exponent - STEP_BITS + 1) * STEPS + step;
    }

    private static double start(int bucket) {
        if (bucket < STEPS) {
            return bucket;
        }
        int exponent = bucket / STEPS + STEP_BITS - 1;
        return Math.scalb(1.0 + (bucket % STEPS) / (double) STEPS, exponent);
    }
}
