// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ThresholdRuleTest {
    private final ThresholdRule rule = new ThresholdRule();

    private static Draft draft(float... probabilities) {
        return new Draft("test", new int[probabilities.length], probabilities, 0);
    }

    @Test
    void endsAfterTheTokenThatTakesTheProductBelow() {
        assertEquals(0.4, rule.threshold());
        assertEquals(3, rule.cut(draft(0.7f, 0.7f, 0.7f, 0.7f, 0.7f)).length());
        assertEquals(1, rule.cut(draft(0.3f, 1f)).length());
        assertEquals(2, rule.cut(draft(0.9f, 0.9f)).length());
        float[] sure = new float[40];
        Arrays.fill(sure, 1f);
        assertEquals(16, rule.cut(draft(sure)).length());
        Draft none = draft();
        assertSame(none, rule.cut(none));
    }

    @Test
    void movesHalfwayToTheProductOfTheLastAcceptedToken() {
        rule.verified(draft(0.9f, 0.8f, 0.7f), 2);
        assertEquals((0.4 + 0.9 * 0.8) / 2, rule.threshold(), 1e-6);
        rule.verified(draft(0.5f), 0);
        assertEquals((0.56 + 1) / 2, rule.threshold(), 1e-6);
    }

    @Test
    void fallsAfterFullAcceptance() {
        rule.verified(draft(0.9f), 1);
        assertEquals(0.3, rule.threshold(), 1e-9);
        rule.verified(draft(), 0);
        assertEquals(0.3, rule.threshold(), 1e-9);
    }

    @Test
    void staysInItsRange() {
        for (int i = 0; i < 10; i++) {
            rule.verified(draft(0.9f), 1);
        }
        assertEquals(0.05, rule.threshold());
        for (int i = 0; i < 10; i++) {
            rule.verified(draft(0.9f), 0);
        }
        assertEquals(0.95, rule.threshold());
    }
}
