// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.opensearch.generate.benchmarks.results.Json;

/**
 * How a value went over time, by least squares.
 *
 * @param samples how many looks there were
 * @param first the first value
 * @param last the last value
 * @param most the largest value
 * @param perHour the slope
 * @param atMostPerHour the slope's upper end at 95 % confidence
 */
record Trend(int samples, long first, long last, long most, double perHour, double atMostPerHour) {
    private static final double SECONDS_PER_HOUR = 3600;
    /** Fewer have no confidence interval. */
    private static final int FEWEST = 3;

    /** Throws {@link IllegalArgumentException} if fewer than three samples have the value. */
    static Trend of(String name, List<Sample> samples) {
        List<Sample> with = samples.stream()
                .filter(sample -> sample.values().containsKey(name))
                .toList();
        if (with.size() < FEWEST) {
            throw new IllegalArgumentException("wanted at least " + FEWEST + " looks at " + name
                    + " after the warm-up, found " + with.size() + "; run for longer");
        }
        SimpleRegression line = new SimpleRegression();
        long most = Long.MIN_VALUE;
        for (Sample sample : with) {
            line.addData(sample.seconds() / SECONDS_PER_HOUR, (double) value(sample, name));
            most = Math.max(most, value(sample, name));
        }
        double slope = line.getSlope();
        double half = line.getSlopeConfidenceInterval();
        return new Trend(
                with.size(),
                value(with.getFirst(), name),
                value(with.getLast(), name),
                most,
                slope,
                slope + (Double.isNaN(half) ? 0 : half));
    }

    private static long value(Sample sample, String name) {
        Long value = sample.values().get(name);
        return value == null ? 0 : value;
    }

    ObjectNode toJson() {
        return Json.object()
                .put("samples", samples)
                .put("first", first)
                .put("last", last)
                .put("most", most)
                .put("per_hour", Math.round(perHour))
                .put("at_most_per_hour", Math.round(atMostPerHour));
    }
}
