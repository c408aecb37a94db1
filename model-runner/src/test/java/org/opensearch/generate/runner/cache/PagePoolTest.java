// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PagePoolTest {
    private static final int[] NONE = {};
    private final PagePool pool = new PagePool(4);

    @Test
    void aReservationThatIsNotCommittedGivesAllPagesBack() {
        try (Reservation pages = pool.reserve(NONE, 3)) {
            pages.takePage();
            assertEquals(1, pool.available());
        }
        assertEquals(4, pool.available());
        assertEquals(0, pool.idle());
    }

    @Test
    void committedPagesAreHeldUntilReleased() {
        int[] held = take(3);
        assertEquals(1, pool.available());
        assertEquals(1, pool.holders(held[0]));
        pool.release(held);
        assertEquals(4, pool.available());
        assertThrows(IllegalStateException.class, () -> pool.release(held[0]));
    }

    @Test
    void moreThanThereIsIsRefusedAndNothingIsTaken() {
        int[] held = publish(1, 0);
        pool.release(held);
        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> pool.reserve(held, 4));
        assertEquals("a step wants 4 fresh pages, 3 are available", refused.getMessage());
        assertEquals(4, pool.available());
        assertEquals(1, pool.idle());
    }

    @Test
    void aCommitOfPagesThatNobodyTookIsABug() {
        try (Reservation pages = pool.reserve(NONE, 2)) {
            pages.takePage();
            assertThrows(IllegalStateException.class, pages::commit);
        }
        assertEquals(4, pool.available());
    }

    @Test
    void aPublishedPageRestsAndIsFoundAgain() {
        int[] held = publish(1, 0);
        assertTrue(pool.isShared(held[0]));
        pool.release(held);
        assertEquals(4, pool.available());
        assertEquals(1, pool.idle());
        assertArrayEquals(held, pool.match(List.of(key(0), key(1))));
        try (Reservation pages = pool.reserve(held, 0)) {
            assertEquals(0, pool.idle());
            pages.commit();
        }
        assertEquals(1, pool.holders(held[0]));
    }

    @Test
    void aPrefixEndsAtTheFirstPageThatIsNotKnown() {
        publish(1, 0);
        publish(1, 2);
        assertEquals(1, pool.match(List.of(key(0), key(1), key(2))).length);
        assertEquals(0, pool.match(List.of(key(1), key(0))).length);
    }

    @Test
    void theFirstPagePublishedUnderAKeyStays() {
        int first = publish(1, 7)[0];
        int second = publish(1, 7)[0];
        assertArrayEquals(new int[] {first}, pool.match(List.of(key(7))));
        assertTrue(pool.isShared(first));
        assertFalse(pool.isShared(second));
    }

    @Test
    void theLeastRecentlyUsedPrefixGoesFirstAndItsEndBeforeItsStart() {
        int[] old = publish(2, 0);
        int[] young = publish(2, 2);
        pool.release(old);
        pool.release(young);
        take(1);
        assertEquals(1, pool.match(List.of(key(0), key(1))).length);
        take(1);
        assertEquals(0, pool.match(List.of(key(0), key(1))).length);
        assertEquals(2, pool.match(List.of(key(2), key(3))).length);
    }

    @Test
    void sharedPagesAreNotReclaimedForTheSameStep() {
        int[] held = publish(1, 0);
        pool.release(held);
        try (Reservation pages = pool.reserve(held, 3)) {
            for (int i = 0; i < 3; i++) {
                assertNotEquals(held[0], pages.takePage());
            }
            pages.commit();
        }
        assertEquals(0, pool.available());
    }

    @Test
    void keysDependOnSaltParentAndEveryToken() {
        int[] tokens = {1, 2, 3, 4};
        PrefixKey root = PrefixKey.root("");
        PrefixKey page = root.next(tokens, 0, 2);
        assertEquals(page, PrefixKey.root("").next(new int[] {9, 1, 2}, 1, 2));
        assertNotEquals(page, root.next(tokens, 1, 2));
        assertNotEquals(page, PrefixKey.root("tenant").next(tokens, 0, 2));
        assertNotEquals(root.next(tokens, 0, 4), page.next(tokens, 2, 2));
    }

    private int[] take(int count) {
        int[] pages = new int[count];
        try (Reservation reservation = pool.reserve(NONE, count)) {
            for (int i = 0; i < count; i++) {
                pages[i] = reservation.takePage();
            }
            reservation.commit();
        }
        return pages;
    }

    private int[] publish(int count, int firstKey) {
        int[] pages = take(count);
        for (int i = 0; i < count; i++) {
            pool.publish(pages[i], key(firstKey + i));
        }
        return pages;
    }

    private static PrefixKey key(int n) {
        return new PrefixKey(n, 0, 0, 0);
    }
}
