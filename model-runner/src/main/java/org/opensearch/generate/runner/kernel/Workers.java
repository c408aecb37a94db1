// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.Arrays;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The threads that kernels run on: the caller and {@code threads - 1} helpers, which share the items of a range.
 * <h2>Idea</h2>
 * A forward step is a few hundred rounds of some ten microseconds each, so handing work over must cost less than that. A round
 * is cut into chunks, and threads claim one after the other from a shared counter: which thread computes what never matters to
 * the result. The caller claims like the others and waits for claimed chunks alone, so a helper that the system has not given a
 * core yet costs nothing, and one that loses its core costs what is left of its chunk. Helpers spin for {@link #SPIN_NANOS}
 * after a round, which spans the gap to the next operation, then park.
 * <h2>State</h2>
 * A round is one object in one volatile field. A helper that comes late to a round finds its chunks claimed and does nothing.
 * <h2>Threads</h2>
 * Rounds are run one after the other, under the lock; a task must not start a round of its own. A new number of threads waits
 * for no round: whoever gets the lock next, the setter or the round that has just ended, starts or ends helpers.
 */
public final class Workers implements AutoCloseable {
    private static final Logger LOGGER = LogManager.getLogger(Workers.class);

    /** How long a thread spins for the next round before it parks. */
    static final long SPIN_NANOS = 40_000;

    /** Chunks of a round for each thread: what a thread that loses its core holds up is at most one of them. */
    static final int CHUNKS = 8;

    /** A part of a range. */
    @FunctionalInterface
    public interface Task {
        /** Does items {@code from} (inclusive) to {@code to} (exclusive). */
        void run(int from, int to);
    }

    private final ThreadFactory factory;
    private final ReentrantLock lock = new ReentrantLock();
    private Helper[] helpers = {};
    private volatile @Nullable Round round;
    private volatile int threads = 1;
    private volatile int wanted = 1;
    private volatile boolean closed;

    /** Starts {@code threads - 1} helpers. */
    public Workers(int threads) {
        this(threads, new WorkerThreads(0, false));
    }

    /** Starts {@code threads - 1} helpers, which {@code factory} makes. */
    public Workers(int threads, ThreadFactory factory) {
        this.factory = factory;
        setThreads(threads);
    }

    /** Threads that share the work, the caller included. */
    public int threads() {
        return threads;
    }

    /**
     * Changes how many threads share the work, from the next round on; never waits for a round. Where the system refuses
     * another thread, those that are there go on, and the log says so.
     *
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, found " + threads);
        }
        wanted = threads;
        adjust();
    }

    /** Does {@code count} items in chunks of any size; see {@link #run(int, int, Task)}. */
    public void run(int count, Task task) {
        run(count, 1, task);
    }

    /**
     * Does {@code count} items and returns when all are done. What a chunk throws is thrown here, after all chunks have ended.
     *
     * @param count how many items
     * @param unit chunks begin at multiples of it: as many items as are worth a call of the task
     * @param task does a chunk
     */
    public void run(int count, int unit, Task task) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the worker threads are closed");
            }
            int units = Math.ceilDiv(count, unit);
            if (helpers.length == 0 || units <= 1) {
                if (count > 0) {
                    task.run(0, count);
                }
            } else {
                share(new Round(task, count, unit, units, Math.min(units, CHUNKS * (helpers.length + 1))));
            }
        } finally {
            lock.unlock();
            adjust();
        }
    }

    private void share(Round next) {
        round = next;
        for (int i = 0; i < Math.min(helpers.length, next.chunks - 1); i++) {
            helpers[i].wake();
        }
        next.work();
        next.await();
        Throwable failure = next.failure.get();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /** Starts or ends helpers as wanted, unless a round runs: then its caller does, at its end. */
    private void adjust() {
        while (threads != wanted && lock.tryLock()) {
            try {
                int target = closed ? 1 : wanted;
                end(target - 1);
                start(target - 1);
                threads = helpers.length + 1;
                if (closed) {
                    wanted = threads;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void start(int count) {
        Helper[] more = Arrays.copyOf(helpers, Math.max(count, helpers.length));
        int started = helpers.length;
        try {
            while (started < more.length) {
                more[started] = new Helper(started + 1, round);
                more[started].thread.start();
                started++;
            }
        } catch (OutOfMemoryError e) {
            LOGGER.warn("the system starts no more than {} of {} threads", started, count, e);
            wanted = started + 1;
        }
        helpers = Arrays.copyOf(more, started);
    }

    private void end(int left) {
        Helper[] ending = helpers;
        helpers = Arrays.copyOf(helpers, Math.min(left, helpers.length));
        for (int i = helpers.length; i < ending.length; i++) {
            ending[i].ending = true;
            LockSupport.unpark(ending[i].thread);
        }
        for (int i = helpers.length; i < ending.length; i++) {
            WorkerThreads.join(ending[i].thread);
        }
    }

    /** Ends the helpers; returns when no thread is left. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            end(0);
            wanted = 1;
            threads = 1;
        } finally {
            lock.unlock();
        }
    }

    private static final class Round {
        private final Task task;
        private final int count;
        private final int unit;
        private final int units;
        private final int chunks;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger claimed = new AtomicInteger();
        private final AtomicInteger open;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile boolean callerParked;

        Round(Task task, int count, int unit, int units, int chunks) {
            this.task = task;
            this.count = count;
            this.unit = unit;
            this.units = units;
            this.chunks = chunks;
            this.open = new AtomicInteger(chunks);
        }

        /** Does chunks until all are claimed. */
        void work() {
            int done = 0;
            for (int chunk = claimed.getAndIncrement(); chunk < chunks; chunk = claimed.getAndIncrement()) {
                runChunk(chunk);
                done++;
            }
            if (done > 0 && open.addAndGet(-done) == 0 && callerParked) {
                LockSupport.unpark(caller);
            }
        }

        private void runChunk(int chunk) {
            try {
                task.run(first(chunk), Math.min(count, first(chunk + 1)));
            } catch (RuntimeException | Error e) {
                if (!failure.compareAndSet(null, e)) {
                    Throwable first = failure.get();
                    if (first != null && first != e) {
                        first.addSuppressed(e);
                    }
                }
            }
        }

        private int first(int chunk) {
            return (int) ((long) units * chunk / chunks * unit);
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
        private final Thread thread;
        private @Nullable Round done;
        private volatile boolean parked;
        private volatile boolean ending;

        /** @param done the last round before this helper */
        Helper(int number, @Nullable Round done) {
            this.done = done;
            this.thread = factory.newThread(this);
            thread.setName("generate-worker-" + number);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            for (Round next = await(); next != null; next = await()) {
                next.work();
                done = next;
            }
        }

        /** The next round, or null at the end. */
        private @Nullable Round await() {
            long end = System.nanoTime() + SPIN_NANOS;
            while (!ending) {
                Round next = round;
                if (next != done) {
                    return next;
                }
                if (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (round == done && !ending) {
                        LockSupport.park(Workers.this);
                    }
                    parked = false;
                }
            }
            return null;
        }
    }
}
