// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** The known answers that come with the authors' Random123 library. */
    @Test
    void givesTheAuthorsNumbers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, Philox.block(new int[4], 0, 0));
        assertArrayEquals(
                new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                Philox.block(new int[] {-1, -1, -1, -1}, -1, -1));
        assertArrayEquals(
                new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                Philox.block(new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0));
    }

    @Test
    void aDrawDependsOnSeedAndPositionOnly() {
        assertEquals(Philox.uniform(7, 3), Philox.uniform(7, 3));
        assertNotEquals(Philox.uniform(7, 3), Philox.uniform(7, 4));
        assertNotEquals(Philox.uniform(7, 3), Philox.uniform(7L << 32, 3));
        for (int position = 0; position < 1000; position++) {
            double draw = Philox.uniform(-1, position);
            assertTrue(draw >= 0 && draw < 1);
        }
    }
}
