// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import org.opensearch.generate.runner.kernel.MemoryBudget;

/**
 * A part of a budget that is reserved at once, before anything is allocated, and then used bit by bit. So what does not fit is
 * refused before it is begun, and of two that would not fit together one goes on.
 */
final class ReservedBudget implements MemoryBudget, AutoCloseable {
    private final MemoryBudget whole;
    private long left;

    /** Throws as the budget does, if it refuses. */
    ReservedBudget(MemoryBudget whole, String what, long bytes) {
        whole.reserve(what, bytes);
        this.whole = whole;
        this.left = bytes;
    }

    @Override
    public synchronized void reserve(String what, long bytes) {
        if (bytes > left) {
            whole.reserve(what, bytes - left);
            left = bytes;
        }
        left -= bytes;
    }

    @Override
    public void release(long bytes) {
        whole.release(bytes);
    }

    @Override
    public synchronized long available() {
        return left + whole.available();
    }

    /** Gives back what has not been used; from now on each reservation is asked of the whole budget. */
    @Override
    public synchronized void close() {
        whole.release(left);
        left = 0;
    }
}
