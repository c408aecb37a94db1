// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TrendTest {
    private static final double EXACT = 1e-3;

    private static List<Sample> everyTenSeconds(int count, LongUnaryOperator value) {
        return LongStream.range(0, count)
                .mapToObj(i -> new Sample(10.0 * i, Map.of("bytes", value.applyAsLong(i))))
                .toList();
    }

    @Test
    void aStraightLineHasItsSlope() {
        Trend trend = Trend.of("bytes", everyTenSeconds(30, i -> 1000 + 5 * i));
        assertEquals(5 * 360, trend.perHour(), EXACT);
        assertEquals(5 * 360, trend.atMostPerHour(), EXACT);
        assertEquals(1000, trend.first());
        assertEquals(1145, trend.last());
        assertEquals(1145, trend.most());
    }

    @Test
    void whatStaysHasNone() {
        Trend trend = Trend.of("bytes", everyTenSeconds(30, i -> 7));
        assertEquals(0, trend.perHour(), EXACT);
        assertEquals(0, trend.atMostPerHour(), EXACT);
    }

    @Test
    void noiseWidensWhatIsPossible() {
        Trend trend = Trend.of("bytes", everyTenSeconds(100, i -> i % 2 == 0 ? 0 : 1000));
        assertTrue(trend.atMostPerHour() > Math.abs(trend.perHour()), trend::toString);
    }

    @Test
    void looksThatLackTheValueDoNotCount() {
        List<Sample> samples = List.of(
                new Sample(0, Map.of("bytes", 1L)),
                new Sample(5, Map.of()),
                new Sample(10, Map.of("bytes", 2L)),
                new Sample(20, Map.of("bytes", 3L)));
        assertEquals(3, Trend.of("bytes", samples).samples());
        assertThrows(IllegalArgumentException.class, () -> Trend.of("other", samples));
    }
}
