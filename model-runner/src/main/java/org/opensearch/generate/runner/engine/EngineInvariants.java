// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.opensearch.generate.runner.cache.PoolSnapshot;

/** What must be true between any two steps; checked after every step when assertions are on. */
final class EngineInvariants {
    private EngineInvariants() {}

    /**
     * Returns true, so that it can stand in an {@code assert}.
     *
     * @throws AssertionError naming the first thing that is wrong
     */
    static boolean check(Scheduler.Snapshot snapshot) {
        PoolSnapshot pool = snapshot.pool();
        int[] mapped = new int[pool.holders().length];
        for (Sequence sequence : snapshot.running()) {
            require(sequence.remaining() >= 1, sequence, "has no token to compute");
            require(
                    sequence.pages.length == Sequence.pagesFor(sequence.computed),
                    sequence,
                    "has " + sequence.pages.length + " pages for " + sequence.computed + " tokens");
            for (int page : sequence.pages) {
                mapped[page]++;
            }
        }
        for (Sequence sequence : snapshot.waiting()) {
            require(sequence.pages.length == 0 && sequence.computed == 0, sequence, "waits, but has pages");
            require(sequence.admission == 0, sequence, "waits, but is admitted");
        }
        for (int page = 0; page < mapped.length; page++) {
            require(
                    mapped[page] == pool.holders()[page],
                    page,
                    "is mapped " + mapped[page] + " times, its count is " + pool.holders()[page]);
        }
        boolean[] published = marks(pool.published(), mapped.length, "published");
        boolean[] free = marks(pool.free(), mapped.length, "free");
        boolean[] idle = marks(pool.idle(), mapped.length, "idle");
        for (int page = 0; page < mapped.length; page++) {
            boolean held = mapped[page] > 0;
            boolean unused = page >= pool.limit() && !held;
            int states = (held ? 1 : 0) + (free[page] ? 1 : 0) + (idle[page] ? 1 : 0) + (unused ? 1 : 0);
            require(
                    states == 1,
                    page,
                    "is held: " + held + ", free: " + free[page] + ", idle: " + idle[page] + ", unused: " + unused);
            require(!free[page] || !published[page], page, "is free and can be found");
            require(!idle[page] || published[page], page, "is idle and cannot be found");
            require(
                    mapped[page] <= 1 || published[page] || page >= pool.limit(),
                    page,
                    "is mapped twice and cannot be found");
        }
        inOrder(snapshot.running(), sequence -> sequence.admission, 0);
        snapshot.waiting().stream()
                .collect(Collectors.groupingBy(Sequence::account))
                .values()
                .forEach(queue -> inOrder(queue, sequence -> sequence.number, Long.MIN_VALUE));
        return true;
    }

    private static void inOrder(List<Sequence> sequences, ToLongFunction<Sequence> order, long before) {
        long last = before;
        for (Sequence sequence : sequences) {
            require(order.applyAsLong(sequence) > last, sequence, "stands behind one that comes after it");
            last = order.applyAsLong(sequence);
        }
    }

    private static boolean[] marks(int[] pages, int size, String state) {
        boolean[] marks = new boolean[size];
        for (int page : pages) {
            require(!marks[page], page, "is " + state + " twice");
            marks[page] = true;
        }
        return marks;
    }

    private static void require(boolean truth, Sequence sequence, String problem) {
        if (!truth) {
            throw new AssertionError("sequence " + sequence.number + " " + problem);
        }
    }

    private static void require(boolean truth, int page, String problem) {
        if (!truth) {
            throw new AssertionError("page " + page + " " + problem);
        }
    }
}
