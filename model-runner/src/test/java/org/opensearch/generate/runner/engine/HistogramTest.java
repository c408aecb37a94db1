// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

class HistogramTest {
    @Test
    void percentilesAreRightWithinSevenPercent() throws Exception {
        Seeds.forAll(50, random -> {
            Histogram histogram = new Histogram();
            double[] millis = new double[random.nextInt(1, 500)];
            for (int i = 0; i < millis.length; i++) {
                long nanos = (long) Math.exp(random.nextDouble(Math.log(1e3), Math.log(1e12)));
                histogram.add(nanos);
                millis[i] = nanos / 1e6;
            }
            Arrays.sort(millis);
            EngineStats.Latency latency = histogram.latency();
            assertEquals(millis.length, latency.count());
            near(millis, 0.50, latency.p50Millis());
            near(millis, 0.95, latency.p95Millis());
            near(millis, 0.99, latency.p99Millis());
        });
    }

    @Test
    void anEmptyHistogramHasNoTimes() {
        assertEquals(new EngineStats.Latency(0, 0, 0, 0), new Histogram().latency());
    }

    private static void near(double[] sorted, double quantile, double found) {
        double exact = sorted[(int) Math.ceil(quantile * sorted.length) - 1];
        assertTrue(Math.abs(found - exact) <= 0.07 * exact, "found " + found + ", exactly " + exact);
    }
}
