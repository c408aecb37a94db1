// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

/** Random operations on a pool, against the simplest model of it: who holds what, which keys are known, in which order they rest. */
class PagePoolProperties {
    @Test
    void aPoolBehavesAsItsModel() throws Exception {
        Seeds.forAll(200, random -> {
            Twin twin = new Twin(random);
            for (int operation = 0; operation < 200; operation++) {
                twin.operate();
                twin.compare();
            }
        });
    }

    private static final class Twin {
        private final RandomGenerator random;
        private final PagePool pool;
        private final List<int[]> held = new ArrayList<>();
        private int[] holders;
        private int limit;
        private final Map<PrefixKey, Integer> known = new LinkedHashMap<>();
        private final List<Integer> resting = new ArrayList<>();

        Twin(RandomGenerator random) {
            this.random = random;
            this.holders = new int[random.nextInt(1, 12)];
            this.pool = new PagePool(holders.length);
            this.limit = holders.length;
        }

        private void resize() {
            if (random.nextBoolean()) {
                limit = random.nextInt(1, holders.length + 1);
                pool.limit(limit);
            } else {
                int largest = 0;
                for (int page = 0; page < holders.length; page++) {
                    largest = holders[page] > 0 ? page : largest;
                }
                limit = random.nextInt(largest + 1, 13);
                holders = Arrays.copyOf(holders, limit);
                pool.resize(limit);
                assertEquals(limit, pool.pages());
            }
            known.values().removeIf(page -> page >= limit);
            resting.removeIf(page -> page >= limit);
        }

        void operate() {
            switch (random.nextInt(13)) {
                case 0, 1, 2, 3 -> reserve();
                case 4, 5, 6, 7 -> release();
                case 8, 9, 10, 11 -> publish();
                default -> resize();
            }
        }

        private void reserve() {
            int first = random.nextInt(6);
            int[] shared = pool.match(List.of(key(first), key(first + 1), key(first + 2)));
            int wakes = (int)
                    resting.stream().filter(page -> contains(shared, page)).count();
            int fresh = random.nextInt(pool.available() - wakes + 1);
            boolean commit = random.nextBoolean();
            int[] pages = new int[shared.length + fresh];
            System.arraycopy(shared, 0, pages, 0, shared.length);
            List<Integer> wereResting = new ArrayList<>(resting);
            try (Reservation reservation = pool.reserve(shared, fresh)) {
                for (int i = shared.length; i < pages.length; i++) {
                    pages[i] = reservation.takePage();
                    assertEquals(0, holders[pages[i]], "a held page is given away");
                }
                if (commit) {
                    reservation.commit();
                }
            }
            for (int page : shared) {
                resting.remove((Integer) page);
            }
            int free = 0;
            for (int page = 0; page < holders.length; page++) {
                free += holders[page] == 0 && page < limit && !wereResting.contains(page) ? 1 : 0;
            }
            for (int reclaimed = free; reclaimed < fresh; reclaimed++) {
                known.values().remove(resting.removeFirst());
            }
            if (commit) {
                for (int page : pages) {
                    holders[page]++;
                }
                held.add(pages);
            } else {
                for (int i = shared.length - 1; i >= 0; i--) {
                    if (holders[shared[i]] == 0) {
                        resting.add(shared[i]);
                    }
                }
            }
        }

        private void release() {
            if (!held.isEmpty()) {
                int[] pages = held.remove(random.nextInt(held.size()));
                pool.release(pages);
                for (int i = pages.length - 1; i >= 0; i--) {
                    if (--holders[pages[i]] == 0 && known.containsValue(pages[i])) {
                        resting.add(pages[i]);
                    }
                }
            }
        }

        private void publish() {
            PrefixKey key = key(random.nextInt(8));
            for (int[] pages : held) {
                for (int page : pages) {
                    if (!known.containsValue(page)) {
                        pool.publish(page, key);
                        if (page < limit) {
                            known.putIfAbsent(key, page);
                        }
                        return;
                    }
                }
            }
        }

        void compare() {
            PoolSnapshot snapshot = pool.snapshot();
            assertArrayEquals(holders, snapshot.holders());
            assertArrayEquals(resting.stream().mapToInt(i -> i).toArray(), snapshot.idle());
            assertArrayEquals(known.values().stream().mapToInt(i -> i).sorted().toArray(), snapshot.published());
            int unheld = 0;
            for (int page = 0; page < limit; page++) {
                unheld += holders[page] == 0 ? 1 : 0;
            }
            assertEquals(limit, pool.limit());
            assertEquals(
                    Arrays.stream(holders, limit, holders.length).anyMatch(count -> count > 0),
                    pool.isHeldBeyondLimit());
            assertEquals(unheld, pool.available());
            for (int page : snapshot.free()) {
                assertEquals(0, holders[page]);
                assertFalse(known.containsValue(page));
            }
        }

        private static PrefixKey key(int number) {
            return new PrefixKey(number, 0, 0, 0);
        }

        private static boolean contains(int[] pages, int page) {
            for (int each : pages) {
                if (each == page) {
                    return true;
                }
            }
            return false;
        }
    }
}
