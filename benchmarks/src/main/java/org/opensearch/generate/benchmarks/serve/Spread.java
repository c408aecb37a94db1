// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;
import org.opensearch.generate.benchmarks.results.Json;

/** Percentiles of a sample, linear between neighbours (Hyndman and Fan's type 7, as spreadsheets have it). */
record Spread(long count, double p50, double p95, double p99) {

    /** Throws {@link IllegalArgumentException} if there are no values. */
    static Spread of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("percentiles of no values");
        }
        Percentile percentile = new Percentile().withEstimationType(EstimationType.R_7);
        percentile.setData(values.stream().mapToDouble(Double::doubleValue).toArray());
        return new Spread(values.size(), percentile.evaluate(50), percentile.evaluate(95), percentile.evaluate(99));
    }

    /** @param source where the values were taken */
    ObjectNode toJson(String source) {
        return Json.object()
                .put("p50", rounded(p50))
                .put("p95", rounded(p95))
                .put("p99", rounded(p99))
                .put("count", count)
                .put("source", source);
    }

    /** To three digits after the point, so that lines stay readable. */
    static double rounded(double value) {
        return Math.rint(value * 1000) / 1000;
    }
}
