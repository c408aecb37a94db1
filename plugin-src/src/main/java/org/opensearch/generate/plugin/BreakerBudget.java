// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.unit.ByteSizeValue;
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
     * @throws CircuitBreakingException if they would exceed the limit, saying what was needed and what is free
     */
    @Override
    public synchronized void reserve(String what, long bytes) {
        if (bytes > available()) {
            trip(what, bytes);
        }
        breaker.addWithoutBreaking(bytes);
    }

    private void trip(String what, long bytes) {
        try {
            breaker.circuitBreak(what, breaker.getUsed() + bytes);
        } catch (CircuitBreakingException e) {
            throw new CircuitBreakingException(
                    what + " needs " + bytes + " bytes [" + new ByteSizeValue(bytes) + "] outside the heap, "
                            + available() + " bytes [" + new ByteSizeValue(available()) + "] of the limit of ["
                            + new ByteSizeValue(breaker.getLimit()) + "] are free: unload a model, raise ["
                            + GenerateSettings.BREAKER_LIMIT.getKey() + "], or lower ["
                            + GenerateSettings.KV_MEMORY.getKey() + "], [" + GenerateSettings.MAX_CONTEXT.getKey()
                            + "] or [" + GenerateSettings.MAX_STEP_TOKENS.getKey() + "]",
                    e.getBytesWanted(),
                    e.getByteLimit(),
                    e.getDurability());
        }
    }

    @Override
    public synchronized long available() {
        return Math.max(0, breaker.getLimit() - breaker.getUsed());
    }

    @Override
    public synchronized void release(long bytes) {
        breaker.addWithoutBreaking(-bytes);
    }

    void limit(long bytes) {
        breaker.setLimitAndOverhead(bytes, 0);
    }
}
