// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.indices.breaker.HierarchyCircuitBreakerService;

/** Off-heap bytes on a breaker of the node's own kind. */
class BreakerBudgetTest {
    private static final long LIMIT = 1L << 40;

    private static HierarchyCircuitBreakerService breakers(boolean realMemory) {
        Settings settings = Settings.builder()
                .put("indices.breaker.total.use_real_memory", realMemory)
                .put("indices.breaker.total.limit", "100mb")
                .build();
        return new HierarchyCircuitBreakerService(
                settings,
                List.of(BreakerBudget.settings(LIMIT)),
                new ClusterSettings(settings, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS));
    }

    @Test
    void bytesAreCountedUpToTheLimit() {
        try (HierarchyCircuitBreakerService breakers = breakers(true)) {
            CircuitBreaker breaker = breakers.getBreaker(BreakerBudget.NAME);
            BreakerBudget budget = new BreakerBudget(breaker);
            budget.reserve("weights", LIMIT - 10);
            assertEquals(LIMIT - 10, breaker.getUsed());
            CircuitBreakingException refused =
                    assertThrows(CircuitBreakingException.class, () -> budget.reserve("pages of [tiny]", 11));
            assertTrue(String.valueOf(refused.getMessage()).contains("pages of [tiny]"), refused.getMessage());
            assertEquals(1, breaker.getTrippedCount());
            budget.reserve("pages", 10);
            budget.release(LIMIT);
            assertEquals(0, breaker.getUsed());
            budget.limit(5);
            assertThrows(CircuitBreakingException.class, () -> budget.reserve("weights", 6));
        }
    }

    @Test
    void theHeapsParentBreakerDoesNotCountThem() {
        for (boolean realMemory : new boolean[] {true, false}) {
            try (HierarchyCircuitBreakerService breakers = breakers(realMemory)) {
                long before = breakers.stats().getStats(CircuitBreaker.PARENT).getEstimated();
                new BreakerBudget(breakers.getBreaker(BreakerBudget.NAME)).reserve("weights", LIMIT);
                long after = breakers.stats().getStats(CircuitBreaker.PARENT).getEstimated();
                assertTrue(after - before < LIMIT / 2, "before " + before + ", after " + after);
                assertEquals(
                        LIMIT, breakers.stats().getStats(BreakerBudget.NAME).getEstimated());
            }
        }
    }
}
