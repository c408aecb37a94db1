// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.generate.action.TransportStatsAction;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.indices.breaker.BreakerSettings;

/**
 * Counts off-heap memory on a circuit breaker of our own, {@value #NAME} in node statistics.
 *
 * <h2>Idea</h2>
 * The breaker's overhead is 0, and the limit is checked here: the parent breaker guards the heap, and bytes outside of it must
 * not trip it, neither when they are added nor in its sum over all breakers.
 */
final class BreakerBudget implements MemoryBudget {
    static final String NAME = TransportStatsAction.BREAKER;
    private final CircuitBreaker breaker;

    BreakerBudget(CircuitBreaker breaker) {
        this.breaker = breaker;
    }

    /** What the node makes the breaker of. */
    static BreakerSettings settings(long limit) {
        return new BreakerSettings(NAME, limit, 0, CircuitBreaker.Type.MEMORY, CircuitBreaker.Durability.PERMANENT);
    }

    /**
     * Takes bytes.
     *
     * @throws CircuitBreakingException if they would exceed the limit
     */
    @Override
    public synchronized void reserve(String what, long bytes) {
        long needed = breaker.getUsed() + bytes;
        if (needed > breaker.getLimit()) {
            breaker.circuitBreak(what, needed);
        }
        breaker.addWithoutBreaking(bytes);
    }

    @Override
    public synchronized void release(long bytes) {
        breaker.addWithoutBreaking(-bytes);
    }

    void limit(long bytes) {
        breaker.setLimitAndOverhead(bytes, 0);
    }
}
