// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** How many events a second there were in the last {@value #SECONDS} seconds, rest included. Not thread-safe. */
final class RecentRate {
    static final int SECONDS = 10;
    private static final long NANOS = 1_000_000_000L;

    /** Events of the second that {@link #seconds} names at the same place. */
    private final long[] counts = new long[SECONDS];

    private final long[] seconds = new long[SECONDS];

    /** One more event, at a {@link System#nanoTime()}. */
    void add(long nowNanos) {
        long second = Math.floorDiv(nowNanos, NANOS);
        int place = Math.floorMod(second, SECONDS);
        if (seconds[place] != second) {
            seconds[place] = second;
            counts[place] = 0;
        }
        counts[place]++;
    }

    /** Events a second: of the second that has begun and of the {@value #SECONDS} - 1 before it. */
    double perSecond(long nowNanos) {
        long now = Math.floorDiv(nowNanos, NANOS);
        long events = 0;
        for (int place = 0; place < SECONDS; place++) {
            events += now - seconds[place] < SECONDS ? counts[place] : 0;
        }
        return events / (SECONDS - 1 + Math.floorMod(nowNanos, NANOS) / (double) NANOS);
    }
}
