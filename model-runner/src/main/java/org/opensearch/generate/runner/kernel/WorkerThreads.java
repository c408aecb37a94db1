// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Makes the threads that compute: daemons that give way to others (a nice value above 0) and, if wished, stay on one core each.
 * What the system does not allow is left out, logged once, and told by {@link #problem}. Thread-safe.
 */
public final class WorkerThreads implements ThreadFactory {
    /** The largest nice value. */
    public static final int MOST_NICE = 19;

    private static final Logger LOGGER = LogManager.getLogger(WorkerThreads.class);
    private static final Cores CORES = new Cores();

    private final int nice;
    private final boolean pin;
    private volatile String problem = "";

    /**
     * @param nice from 0, as other threads of the process, to {@link #MOST_NICE}
     * @param pin whether each thread gets a core of its own among those that the process may use
     */
    public WorkerThreads(int nice, boolean pin) {
        if (nice < 0 || nice > MOST_NICE) {
            throw new IllegalArgumentException("nice must be from 0 to " + MOST_NICE + ", found " + nice);
        }
        this.nice = nice;
        this.pin = pin;
    }

    /** The nice value asked for. */
    public int nice() {
        return nice;
    }

    /** Whether threads shall stay on one core. */
    public boolean pin() {
        return pin;
    }

    /** What the system did not allow, the first time; empty if there is nothing to tell. */
    public String problem() {
        return problem;
    }

    @Override
    public Thread newThread(Runnable body) {
        return Thread.ofPlatform().daemon().unstarted(() -> {
            if (nice > 0) {
                SystemThreads.nice(nice).ifPresent(this::problem);
            }
            if (pin) {
                pinned(body);
            } else {
                body.run();
            }
        });
    }

    private void pinned(Runnable body) {
        Optional<Integer> core = CORES.take();
        try {
            core.map(SystemThreads::pin)
                    .orElseGet(() -> Optional.of("the process's cores are not known"))
                    .ifPresent(this::problem);
            body.run();
        } finally {
            core.ifPresent(CORES::giveBack);
        }
    }

    private synchronized void problem(String text) {
        if (problem.isEmpty()) {
            problem = text;
            LOGGER.warn("threads compute with default priority or unpinned: {}", text);
        }
    }

    /** How many threads are pinned to each core: the next one gets the core with the fewest. */
    private static final class Cores {
        private int[] pinned = {};
        private BitSet allowed = new BitSet();

        synchronized Optional<Integer> take() {
            if (allowed.isEmpty()) {
                allowed = SystemThreads.allowedCores();
                pinned = new int[allowed.length()];
            }
            Optional<Integer> least = allowed.stream().boxed().min((a, b) -> Integer.compare(pinned[a], pinned[b]));
            least.ifPresent(core -> pinned[core]++);
            return least;
        }

        synchronized void giveBack(int core) {
            pinned[core]--;
        }
    }

    /** Returns when a thread has ended; an interrupt is kept for later. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
