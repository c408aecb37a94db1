// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecentRateTest {
    private final RecentRate rate = new RecentRate();

    @Test
    void aSteadyPaceIsFoundAgain() {
        for (long millis = 0; millis < 30_000; millis += 50) {
            rate.add(nanos(millis));
        }
        assertEquals(20, rate.perSecond(nanos(30_000) - 1), 0.01);
    }

    @Test
    void whatIsLongAgoDoesNotCount() {
        for (long millis = 0; millis < 1_000; millis += 10) {
            rate.add(nanos(millis));
        }
        assertEquals(100 / 9.5, rate.perSecond(nanos(9_500)), 0.01);
        assertEquals(0, rate.perSecond(nanos(10_000)));
        assertEquals(0, rate.perSecond(nanos(1_000_000)));
    }

    @Test
    void clocksMayBeginBelowZero() {
        for (long millis = -5_000; millis < 5_000; millis += 100) {
            rate.add(nanos(millis));
        }
        assertEquals(10, rate.perSecond(nanos(5_000) - 1), 0.01);
    }

    @Test
    void nothingYet() {
        assertEquals(0, rate.perSecond(nanos(123_456)));
        assertEquals(0, rate.perSecond(0));
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
