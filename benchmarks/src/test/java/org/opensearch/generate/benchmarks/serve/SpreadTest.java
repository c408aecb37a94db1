// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
    private static final double EXACT = 1e-12;

    @Test
    void percentilesOfOneToAHundredAndOne() {
        List<Double> values = new ArrayList<>(
                DoubleStream.iterate(1, v -> v + 1).limit(101).boxed().toList());
        Collections.reverse(values);
        Spread spread = Spread.of(values);
        assertEquals(101, spread.count());
        assertEquals(51, spread.p50(), EXACT);
        assertEquals(96, spread.p95(), EXACT);
        assertEquals(100, spread.p99(), EXACT);
    }

    @Test
    void betweenTwoValuesItIsLinear() {
        Spread spread = Spread.of(List.of(10.0, 20.0));
        assertEquals(15, spread.p50(), EXACT);
        assertEquals(19.5, spread.p95(), EXACT);
        assertEquals(19.9, spread.p99(), EXACT);
    }

    @Test
    void oneValueIsAllPercentiles() {
        assertEquals(new Spread(1, 4, 4, 4), Spread.of(List.of(4.0)));
    }

    @Test
    void noValuesHaveNone() {
        assertThrows(IllegalArgumentException.class, () -> Spread.of(List.of()));
    }
}
