// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** Who must agree before off-heap memory is taken: in a node, the plugin's circuit breaker. Thread-safe. */
public interface MemoryBudget {
    /** Takes without limit. */
    MemoryBudget UNLIMITED = new MemoryBudget() {
        @Override
        public void reserve(String what, long bytes) {}

        @Override
        public void release(long bytes) {}
    };

    /**
     * Asks for memory before it is allocated.
     *
     * @param what what it is for
     * @param bytes how much
     * @throws RuntimeException if it is refused; then nothing is reserved
     */
    void reserve(String what, long bytes);

    /** Gives reserved bytes back. */
    void release(long bytes);

    /** Bytes that would not be refused now. */
    default long available() {
        return Long.MAX_VALUE;
    }
}
