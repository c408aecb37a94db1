// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** Counts what is reserved, and refuses the n-th request. */
public final class CountingBudget implements MemoryBudget {
    /** What the refused request throws. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        RefusedException(String what, long bytes) {
            super(bytes + " bytes for " + what);
        }
    }

    private final int refused;
    private int requests;
    private long reserved;

    /** Refuses the request with that number, counted from 1; none if 0. */
    public CountingBudget(int refused) {
        this.refused = refused;
    }

    /** Bytes reserved now. */
    public synchronized long reserved() {
        return reserved;
    }

    /** Requests so far. */
    public synchronized int requests() {
        return requests;
    }

    @Override
    public synchronized void reserve(String what, long bytes) {
        if (++requests == refused) {
            throw new RefusedException(what, bytes);
        }
        reserved += bytes;
    }

    @Override
    public synchronized void release(long bytes) {
        reserved -= bytes;
    }
}
