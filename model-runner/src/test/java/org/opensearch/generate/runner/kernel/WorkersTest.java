// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
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
                    AtomicIntegerArray done = new AtomicIntegerArray(count);
                    workers.run(count, (from, to) -> {
                        for (int i = from; i < to; i++) {
                            done.incrementAndGet(i);
                        }
                    });
                    int[] found = IntStream.range(0, count).map(done::get).toArray();
                    int[] wanted = new int[count];
                    Arrays.fill(wanted, 1);
                    assertArrayEquals(wanted, found, threads + " threads");
                }
            }
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
    void whatAShareThrowsIsThrownAndTheNextRoundRuns() {
        try (Workers workers = new Workers(4)) {
            IllegalStateException wanted = new IllegalStateException("share of the last item");
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
            assertEquals(6, done.get());
            workers.run(8, (from, to) -> done.addAndGet(to - from));
            assertEquals(14, done.get());
        }
    }

    @Test
    void errorsComeThroughAndFurtherOnesAreSuppressed() {
        try (Workers workers = new Workers(2)) {
            AssertionError found = assertThrows(
                    AssertionError.class,
                    () -> workers.run(2, (from, to) -> {
                        throw new AssertionError("share " + from);
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
