// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that kernels run on: the caller and {@code threads - 1} helpers, each with its own share of a range.
 * <h2>Idea</h2>
 * A forward step is a few hundred operations of some ten microseconds each, so handing work over must cost less than that.
 * Helpers spin for {@link #SPIN_NANOS} after a round, which spans the gap to the next operation, then park. The range is split
 * statically: which thread computes what never matters to the result, and a static split needs no shared counter.
 * <h2>State</h2>
 * A round is one immutable object in one volatile field; a helper runs each round at most once, by identity.
 * <h2>Threads</h2>
 * Rounds are run one after the other; a task must not start a round of its own.
 */
public final class Workers implements AutoCloseable {
    /** How long a thread spins for the next round before it parks. */
    static final long SPIN_NANOS = 40_000;

    /** One share of a range. */
    @FunctionalInterface
    public interface Task {
        /** Does items {@code from} (inclusive) to {@code to} (exclusive). */
        void run(int from, int to);
    }

    private final Helper[] helpers;
    private volatile @Nullable Round round;
    private volatile boolean closed;

    /** Starts {@code threads - 1} helpers. */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, found " + threads);
        }
        helpers = new Helper[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
        }
        for (Helper helper : helpers) {
            helper.thread.start();
        }
    }

    /** Threads that share the work, the caller included. */
    public int threads() {
        return helpers.length + 1;
    }

    /**
     * Does {@code count} items in at most {@link #threads()} shares of neighbours and returns when all are done. What a share
     * throws is thrown here, after all shares have ended.
     */
    public synchronized void run(int count, Task task) {
        if (closed) {
            throw new IllegalStateException("the worker threads are closed");
        }
        int shares = Math.min(count, threads());
        if (shares <= 1) {
            if (count > 0) {
                task.run(0, count);
            }
            return;
        }
        Round next = new Round(task, count, shares, Thread.currentThread());
        round = next;
        for (int i = 0; i < shares - 1; i++) {
            helpers[i].wake();
        }
        next.runShare(0);
        next.await();
        Throwable failure = next.failure.get();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Ends the helpers; returns when no thread is left. */
    @Override
    public synchronized void close() {
        closed = true;
        boolean interrupted = false;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper.thread);
        }
        for (Helper helper : helpers) {
            while (helper.thread.isAlive()) {
                try {
                    helper.thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Round {
        private final Task task;
        private final int count;
        private final int shares;
        private final Thread caller;
        private final AtomicInteger open;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile boolean callerParked;

        Round(Task task, int count, int shares, Thread caller) {
            this.task = task;
            this.count = count;
            this.shares = shares;
            this.caller = caller;
            this.open = new AtomicInteger(shares);
        }

        void runShare(int share) {
            try {
                task.run((int) ((long) count * share / shares), (int) ((long) count * (share + 1) / shares));
            } catch (RuntimeException | Error e) {
                if (!failure.compareAndSet(null, e)) {
                    Throwable first = failure.get();
                    if (first != null && first != e) {
                        first.addSuppressed(e);
                    }
                }
            }
            if (open.decrementAndGet() == 0 && callerParked) {
                LockSupport.unpark(caller);
            }
        }

        void await() {
            long end = System.nanoTime() + SPIN_NANOS;
            while (open.get() != 0) {
                if (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                } else {
                    callerParked = true;
                    if (open.get() != 0) {
                        LockSupport.park(this);
                    }
                }
            }
        }
    }

    private final class Helper implements Runnable {
        private final int share;
        private final Thread thread;
        private volatile boolean parked;

        Helper(int share) {
            this.share = share;
            this.thread = Thread.ofPlatform()
                    .daemon()
                    .name("generate-worker-" + share)
                    .unstarted(this);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            Round done = null;
            while (true) {
                Round next = await(done);
                if (next == null) {
                    return;
                }
                if (share < next.shares) {
                    next.runShare(share);
                }
                done = next;
            }
        }

        /** The next round, or null once closed. */
        private @Nullable Round await(@Nullable Round done) {
            long end = System.nanoTime() + SPIN_NANOS;
            while (true) {
                Round next = round;
                if (next != done) {
                    return next;
                }
                if (closed) {
                    return null;
                }
                if (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (round == done && !closed) {
                        LockSupport.park(Workers.this);
                    }
                    parked = false;
                }
            }
        }
    }
}
