// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import org.opensearch.generate.runner.kernel.WorkerThreads;

/**
 * The threads that compute, and how they share the processor with others.
 *
 * @param count how many, 1 to {@value #MOST}
 * @param share share of the time in which they compute, above 0 to 1; after a step they rest for the remainder
 * @param nice from 0, the priority of other threads, to 19, the lowest
 * @param pin whether each thread stays on a core of its own
 */
public record ThreadOptions(int count, double share, int nice, boolean pin) {
    /** The largest number of threads. */
    public static final int MOST = 1024;

    /** Checks ranges. */
    public ThreadOptions {
        checkCount(count);
        checkShare(share);
        if (nice < 0 || nice > WorkerThreads.MOST_NICE) {
            throw new IllegalArgumentException("nice must be from 0 to " + WorkerThreads.MOST_NICE + ", found " + nice);
        }
    }

    /** All of the time, with the priority of other threads, on any core. */
    public static ThreadOptions of(int count) {
        return new ThreadOptions(count, 1, 0, false);
    }

    static int checkCount(int count) {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException("threads must be from 1 to " + MOST + ", found " + count);
        }
        return count;
    }

    static double checkShare(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be above 0 and at most 1, found " + share);
        }
        return share;
    }
}
