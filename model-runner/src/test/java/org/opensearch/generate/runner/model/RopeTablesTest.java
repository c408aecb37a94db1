// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;

class RopeTablesTest {
    private static final int DIMS = 64;
    private static final float[] NONE = {};

    /** Every rule, with the parameters of well-known models. */
    static Stream<Rope> ropes() {
        return Stream.of(
                rope(RopeScaling.NONE, 10_000, 0, 0, 0, NONE, NONE),
                rope(RopeScaling.NONE, 500_000, 0, 0, 0, rising(1, 32), NONE),
                rope(RopeScaling.LINEAR, 10_000, 4, 0, 0, NONE, NONE),
                rope(RopeScaling.DYNAMIC, 10_000, 2, 1024, 0, NONE, NONE),
                rope(RopeScaling.YARN, 1_000_000, 4, 512, 0, NONE, NONE),
                rope(RopeScaling.YARN, 10_000, 16, 1024, 1.25, NONE, NONE),
                rope(RopeScaling.LLAMA3, 500_000, 32, 512, 0, NONE, NONE),
                rope(RopeScaling.LONGROPE, 10_000, 32, 256, 0, rising(1, 2), rising(1, 60)),
                rope(RopeScaling.LONGROPE, 10_000, 8, 4096, 1.19, rising(1, 2), rising(1, 60)));
    }

    private static Rope rope(
            RopeScaling scaling,
            double theta,
            double factor,
            int original,
            double attention,
            float[] shortFactors,
            float[] longFactors) {
        return new Rope(
                RopeLayout.HALVES,
                DIMS,
                theta,
                scaling,
                factor,
                original,
                attention,
                32,
                1,
                1,
                4,
                shortFactors,
                longFactors);
    }

    private static float[] rising(float from, float to) {
        float[] factors = new float[DIMS / 2];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = from + (to - from) * i / (factors.length - 1);
        }
        return factors;
    }

    @ParameterizedTest
    @MethodSource("ropes")
    void tablesHoldTheAnglesOfThePapers(Rope rope) {
        for (int length : new int[] {1, 300, 2048}) {
            float[] table = RopeTables.cosSin(rope, length);
            double magnitude = ReferenceRope.magnitude(rope);
            assertEquals(length * DIMS, table.length);
            for (int position = 0; position < length; position += 37) {
                for (int i = 0; i < DIMS / 2; i++) {
                    double angle = ReferenceRope.angle(rope, i, position, length);
                    String at = rope.scaling() + " pair " + i + " position " + position + " of " + length;
                    assertEquals(Math.cos(angle) * magnitude, table[position * DIMS + i], 1e-6, at);
                    assertEquals(Math.sin(angle) * magnitude, table[position * DIMS + DIMS / 2 + i], 1e-6, at);
                }
            }
        }
    }

    @Test
    void eachRuleChangesSomething() {
        float[] plain = RopeTables.cosSin(ropes().findFirst().orElseThrow(), 2048);
        ropes().skip(1)
                .forEach(rope -> assertTrue(
                        Arrays.mismatch(plain, RopeTables.cosSin(rope, 2048)) >= 0,
                        rope.scaling().toString()));
    }

    @Test
    void aTableDoesNotDependOnItsLengthWhereTheRuleDoesNot() {
        ropes().filter(rope -> rope.scaling() != RopeScaling.DYNAMIC && rope.scaling() != RopeScaling.LONGROPE)
                .forEach(rope -> {
                    float[] longer = RopeTables.cosSin(rope, 1000);
                    float[] shorter = RopeTables.cosSin(rope, 10);
                    assertEquals(-1, Arrays.mismatch(shorter, Arrays.copyOf(longer, shorter.length)));
                });
    }
}
