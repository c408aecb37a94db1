// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkersTest {
    @Test
    void eachItemIsDoneOnce() {
        for (int threads = 1; threads <= 8; threads++) {
            try (Workers workers = new Workers(threads)) {
                for (int count : new int[] {0, 1, 2, 3, 7, 8, 9, 100, 1000}) {
                    for (int unit : new int[] {1, 3, 8}) {
                        eachItemIsDoneOnce(workers, count, unit);
                    }
                }
            }
        }
    }

    /** Also that chunks begin at multiples of the unit, and that there are no more than {@link Workers#CHUNKS} a thread. */
    private static void eachItemIsDoneOnce(Workers workers, int count, int unit) {
        AtomicIntegerArray done = new AtomicIntegerArray(count);
        AtomicInteger chunks = new AtomicInteger();
        workers.run(count, unit, (from, to) -> {
            assertEquals(0, from % unit);
            assertTrue(from < to);
            chunks.incrementAndGet();
            for (int i = from; i < to; i++) {
                done.incrementAndGet(i);
            }
        });
        int[] found = IntStream.range(0, count).map(done::get).toArray();
        int[] wanted = new int[count];
        Arrays.fill(wanted, 1);
        assertArrayEquals(wanted, found, workers.threads() + " threads, units of " + unit);
        assertTrue(chunks.get() <= Workers.CHUNKS * workers.threads());
    }

    @Test
    void theCallerWaitsForNoHelperThatHasNotStarted() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ThreadFactory late = body -> Thread.ofPlatform().daemon().unstarted(() -> {
            await(gate);
            body.run();
        });
        Set<Thread> computing = ConcurrentHashMap.newKeySet();
        AtomicInteger done = new AtomicInteger();
        try (Workers workers = new Workers(3, late)) {
            workers.run(1000, (from, to) -> {
                computing.add(Thread.currentThread());
                done.addAndGet(to - from);
            });
            assertEquals(1000, done.get());
            assertEquals(Set.of(Thread.currentThread()), computing);
            gate.countDown();
        }
    }

    @Test
    void aThreadThatIsHeldUpHoldsOneChunk() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger others = new AtomicInteger();
            AtomicInteger first = new AtomicInteger();
            workers.run(2 * Workers.CHUNKS, (from, to) -> {
                if (first.getAndIncrement() == 0) {
                    while (others.get() < 2 * Workers.CHUNKS - 1) {
                        Thread.onSpinWait();
                    }
                } else {
                    others.incrementAndGet();
                }
            });
            assertEquals(2 * Workers.CHUNKS, first.get());
        }
    }

    @Test
    void theNumberOfThreadsChangesBetweenRounds() {
        Set<Thread> before = helpers();
        try (Workers workers = new Workers(1)) {
            for (int threads : new int[] {4, 2, 2, 7, 1, 3}) {
                workers.setThreads(threads);
                assertEquals(threads, workers.threads());
                eachItemIsDoneOnce(workers, 100, 1);
                Set<Thread> during = helpers();
                during.removeAll(before);
                assertEquals(threads - 1, during.size());
            }
            assertThrows(IllegalArgumentException.class, () -> workers.setThreads(0));
        }
        Set<Thread> after = helpers();
        after.removeAll(before);
        assertEquals(Set.of(), after);
    }

    @Test
    void theNumberOfThreadsIsSetWhileRoundsRun() throws Exception {
        Set<Thread> before = helpers();
        try (Workers workers = new Workers(2)) {
            AtomicInteger last = new AtomicInteger();
            Thread setter = Thread.ofPlatform().start(() -> {
                for (int change = 0; change < 300; change++) {
                    last.set(1 + change % 4);
                    workers.setThreads(last.get());
                }
            });
            int[] values = new int[64];
            int rounds = 0;
            while (setter.isAlive() || rounds == 0) {
                workers.run(values.length, (from, to) -> {
                    for (int i = from; i < to; i++) {
                        values[i]++;
                    }
                });
                rounds++;
            }
            setter.join();
            assertEquals(last.get(), workers.threads());
            assertEquals(64 * rounds, Arrays.stream(values).sum());
            Set<Thread> during = helpers();
            during.removeAll(before);
            assertEquals(last.get() - 1, during.size());
        }
    }

    @Test
    void fromWithinARoundTheNumberChangesAtItsEnd() {
        try (Workers workers = new Workers(2)) {
            Thread caller = Thread.currentThread();
            AtomicInteger seen = new AtomicInteger();
            workers.run(1, (from, to) -> {
                Thread setter = Thread.ofPlatform().start(() -> workers.setThreads(5));
                join(setter);
                seen.set(workers.threads());
                assertSame(caller, Thread.currentThread());
            });
            assertEquals(2, seen.get());
            assertEquals(5, workers.threads());
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void writesOfAllThreadsAreSeenAfterwards() {
        try (Workers workers = new Workers(4)) {
            int[] values = new int[64];
            for (int round = 1; round <= 2000; round++) {
                workers.run(values.length, (from, to) -> {
                    for (int i = from; i < to; i++) {
                        values[i]++;
                    }
                });
            }
            assertEquals(64 * 2000, Arrays.stream(values).sum());
        }
    }

    @Test
    void parkedHelpersComeBack() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger done = new AtomicInteger();
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(3 * Workers.SPIN_NANOS);
                workers.run(3, (from, to) -> done.addAndGet(to - from));
            }
            assertEquals(60, done.get());
        }
    }

    @Test
    void whatAChunkThrowsIsThrownAndTheNextRoundRuns() {
        try (Workers workers = new Workers(4)) {
            IllegalStateException wanted = new IllegalStateException("chunk of the last item");
            AtomicInteger done = new AtomicInteger();
            IllegalStateException found = assertThrows(
                    IllegalStateException.class,
                    () -> workers.run(8, (from, to) -> {
                        if (to == 8) {
                            throw wanted;
                        }
                        done.addAndGet(to - from);
                    }));
            assertSame(wanted, found);
            assertEquals(7, done.get());
            workers.run(8, (from, to) -> done.addAndGet(to - from));
            assertEquals(15, done.get());
        }
    }

    @Test
    void errorsComeThroughAndFurtherOnesAreSuppressed() {
        try (Workers workers = new Workers(2)) {
            AssertionError found = assertThrows(
                    AssertionError.class,
                    () -> workers.run(2, (from, to) -> {
                        throw new AssertionError("chunk " + from);
                    }));
            assertEquals(1, found.getSuppressed().length);
        }
    }

    @Test
    void closeLeavesNoThread() {
        Set<Thread> before = helpers();
        Workers workers = new Workers(5);
        workers.run(5, (from, to) -> {});
        Set<Thread> during = helpers();
        during.removeAll(before);
        assertEquals(4, during.size());
        workers.close();
        workers.close();
        Set<Thread> after = helpers();
        after.retainAll(during);
        assertEquals(Set.of(), after);
        assertThrows(IllegalStateException.class, () -> workers.run(5, (from, to) -> {}));
    }

    @Test
    void noThreadsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Workers(0).close());
    }

    private static Set<Thread> helpers() {
        Set<Thread> helpers = new HashSet<>(Thread.getAllStackTraces().keySet());
        helpers.removeIf(thread -> !thread.getName().startsWith("generate-worker-"));
        return helpers;
    }
}
