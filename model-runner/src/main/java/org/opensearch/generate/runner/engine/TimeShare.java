// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.concurrent.TimeUnit;

/** Which share of the time the engine works: after a step of {@code t} it rests for {@code t * (1 / share - 1)}. */
final class TimeShare {
    private static final double LONGEST_REST_NANOS = TimeUnit.DAYS.toNanos(1);

    private long workedNanos;
    private long endNanos;
    private volatile double share = 1;

    /** Any thread: above 0, at most 1; counts from now on, also for a rest that has begun. */
    void share(double value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException("share must be above 0 and at most 1, found " + value);
        }
        share = value;
    }

    double share() {
        return share;
    }

    /** A step has run. */
    void worked(long startNanos, long endNanos) {
        workedNanos = endNanos - startNanos;
        this.endNanos = endNanos;
    }

    /** What is left of the rest; 0 if the next step may run. */
    long restNanos(long nowNanos) {
        double rest = Math.min(workedNanos * (1 / share - 1), LONGEST_REST_NANOS);
        return Math.max(0, (long) rest - (nowNanos - endNanos));
    }
}
