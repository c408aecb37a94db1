// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

/** Pages held for one step. Closed without {@link #commit}, they are given back as if the step had never been. */
public final class Reservation implements AutoCloseable {
    private final PagePool pool;
    private final int[] shared;
    private final int[] fresh;
    private int taken;
    private boolean committed;

    Reservation(PagePool pool, int[] shared, int[] fresh) {
        this.pool = pool;
        this.shared = shared;
        this.fresh = fresh;
    }

    /** The next of the fresh pages; what it holds is undefined. */
    public int takePage() {
        return fresh[taken++];
    }

    /** The pages, taken ones and shared ones, now belong to the sequences of the step. */
    public void commit() {
        if (taken != fresh.length) {
            throw new IllegalStateException(fresh.length + " pages were reserved, " + taken + " were used");
        }
        committed = true;
    }

    @Override
    public void close() {
        if (!committed) {
            pool.release(fresh);
            pool.release(shared);
        }
    }
}
