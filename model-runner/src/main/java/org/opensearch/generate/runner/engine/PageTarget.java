// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.model.Model;

/**
 * Brings the number of KV pages to what is wanted, between two steps.
 *
 * <h2>Idea</h2>
 * More pages are there at once, if their memory is granted. Fewer take effect as pages come free: nobody is given one of those that
 * shall go, and when the last of them is released their memory goes back. What runs or waits can always end: as long as one of them
 * may need more pages than are wanted, as many stay.
 *
 * <h2>Threads</h2>
 * {@link #want}, {@link #wanted} {@link #there} and {@link #usable} may be called on any, the others on the engine's.
 */
final class PageTarget {
    private static final Logger LOGGER = LogManager.getLogger(PageTarget.class);

    private final String name;
    private final Model model;
    private final PagePool pool;
    private final PagePrefault prefault;
    private final AtomicInteger wanted;
    private volatile int there;

    PageTarget(String name, Model model, PagePool pool, PagePrefault prefault) {
        this.name = name;
        this.model = model;
        this.pool = pool;
        this.prefault = prefault;
        this.wanted = new AtomicInteger(pool.pages());
        this.there = pool.pages();
    }

    /** Sets how many pages there shall be. */
    void want(int pages) {
        if (pages < 1) {
            throw new IllegalArgumentException("at least 1 KV page is needed, found " + pages);
        }
        wanted.set(pages);
    }

    /** How many pages there shall be. */
    int wanted() {
        return wanted.get();
    }

    /** How many pages there are. */
    int there() {
        return there;
    }

    /** How many pages a request may need that comes now. */
    int usable() {
        return Math.min(there, wanted.get());
    }

    /** Whether there are as many as are wanted. */
    boolean isReached() {
        return there == wanted.get() && pool.limit() == there;
    }

    /** Does what can be done now for so many, while these sequences run and wait. */
    void approach(int target, List<Sequence> sequences) {
        if (target > there) {
            resize(target, target);
            return;
        }
        int needed = sequences.stream().mapToInt(Sequence::mostPages).max().orElse(1);
        int limit = Math.min(there, Math.max(target, needed));
        if (limit != pool.limit()) {
            pool.limit(limit);
        }
        if (limit < there && !pool.isHeldBeyondLimit()) {
            resize(limit, target);
        }
    }

    private void resize(int pages, int target) {
        try {
            model.resizePages(pages, pool.reached());
        } catch (RuntimeException e) {
            LOGGER.warn("{} keeps {} KV pages, {} were wanted: {}", name, model.pages(), pages, e.getMessage());
            wanted.compareAndSet(target, model.pages());
        }
        pool.resize(model.pages());
        there = pool.pages();
        prefault.resized();
    }
}
