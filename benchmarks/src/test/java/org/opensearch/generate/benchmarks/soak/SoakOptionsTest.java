// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoakOptionsTest {
    private static SoakOptions parsed(String... arguments) {
        SoakOptions options = new SoakOptions();
        options.parse(arguments);
        return options;
    }

    @Test
    void whatIsMissingOrOutOfRangeIsNamed() {
        assertThrows(
                IllegalArgumentException.class, () -> parsed("--model", "m").urls());
        assertThrows(IllegalArgumentException.class, () -> parsed("--nope"));
        assertThrows(IllegalArgumentException.class, () -> parsed("--minutes", "5", "--warm-up", "5")
                .warmUpMinutes());
        assertThrows(IllegalArgumentException.class, () -> parsed("--rate", "0").perSecond());
        assertEquals(
                2,
                parsed("--url", "http://a:1", "--url", "http://b:1", "--model", "m")
                        .urls()
                        .size());
    }

    @Test
    void aRoundOfTheMixHasEveryKindAsOftenAsItsShare() {
        List<Kind> mix = Kind.mix(true);
        assertEquals(8, Collections.frequency(mix, Kind.SEARCH));
        assertEquals(2, Collections.frequency(mix, Kind.STREAM));
        for (Kind kind : Kind.values()) {
            assertTrue(mix.contains(kind), kind::label);
        }
        assertFalse(Kind.mix(false).contains(Kind.STREAM));
        assertFalse(Kind.mix(false).contains(Kind.VANISH));
    }
}
