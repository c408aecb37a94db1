// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

import java.util.Arrays;
import java.util.List;

/**
 * Who holds which KV page.
 *
 * <h2>Idea</h2>
 * A page is <i>held</i> by one or more sequences, or <i>idle</i> (held by none, kept because it can be found again by its
 * prefix), or <i>free</i>. Idle pages are as good as free: a reservation reclaims the least recently used when free ones run
 * out. The pages from the limit on are given to nobody any more, so that the pool can become smaller. A full page is published under its {@link PrefixKey} and never written again; who must write a page that others hold or
 * can find takes a fresh one and copies it first.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 *
 * <h2>Sources</h2>
 * Blocks with reference counts and copy on write: Kwon et al., arXiv 2309.06180, section 4. Finding prefixes by a chain of
 * hashes follows the same system's automatic prefix caching; least recently used pages go first, as in Zheng et al., arXiv
 * 2312.07104, section 3.
 */
public final class PagePool {
    private int[] holders;
    private int[] free;
    private int freePages;
    private int reached;
    private int limit;
    private final PrefixCache prefixes;

    /** A pool of pages 0 to {@code pages - 1}, all free. */
    public PagePool(int pages) {
        holders = new int[pages];
        free = new int[pages];
        prefixes = new PrefixCache(pages);
        limit(pages);
    }

    /**
     * Gives no page from {@code pages} on to anybody any more: those that nobody holds are out of use at once, the others when they are
     * released.
     */
    public void limit(int pages) {
        if (pages < 1 || pages > holders.length) {
            throw new IllegalArgumentException("a limit of " + pages + " in a pool of " + holders.length + " pages");
        }
        limit = pages;
        prefixes.forgetFrom(pages);
        freePages = 0;
        for (int page = pages - 1; page >= 0; page--) {
            if (holders[page] == 0 && !prefixes.contains(page)) {
                free[freePages++] = page;
            }
        }
    }

    /** Pages that can be given to somebody, now or when they are released. */
    public int limit() {
        return limit;
    }

    /** Whether somebody still holds a page beyond the limit. */
    public boolean isHeldBeyondLimit() {
        return Arrays.stream(holders, limit, holders.length).anyMatch(count -> count > 0);
    }

    /** Changes how many pages there are, and the limit to all of them. Nobody may hold one that is not there any more. */
    public void resize(int pages) {
        if (Arrays.stream(holders, Math.min(pages, holders.length), holders.length)
                .anyMatch(count -> count > 0)) {
            throw new IllegalStateException("a page beyond " + pages + " is held");
        }
        prefixes.resize(pages);
        holders = Arrays.copyOf(holders, pages);
        free = new int[pages];
        reached = Math.min(reached, pages);
        limit(pages);
    }

    /** All pages. */
    public int pages() {
        return holders.length;
    }

    /** Pages that can be reserved: free or idle. */
    public int available() {
        return freePages + prefixes.idlePages();
    }

    /** Pages that nobody holds but that can be found by their prefix. */
    public int idle() {
        return prefixes.idlePages();
    }

    /** End of the pages that were ever reserved; those beyond come next, in ascending order. */
    public int reached() {
        return reached;
    }

    /** How many hold the page. */
    public int holders(int page) {
        return holders[page];
    }

    /** Whether the page must be copied before it is written: others hold it, or can find it. */
    public boolean isShared(int page) {
        return holders[page] > 1 || prefixes.contains(page);
    }

    /** The pages of the longest known prefix, in order. Changes nothing. */
    public int[] match(List<PrefixKey> keys) {
        int[] pages = new int[keys.size()];
        int known = 0;
        for (PrefixKey key : keys) {
            Integer page = prefixes.find(key);
            if (page == null) {
                break;
            }
            pages[known++] = page;
        }
        return Arrays.copyOf(pages, known);
    }

    /**
     * Holds pages for a step.
     *
     * @param shared pages that a sequence found by their prefix; one entry for each new holder
     * @param fresh how many pages are needed besides
     * @throws IllegalStateException if there are not as many; then nothing is reserved
     */
    public Reservation reserve(int[] shared, int fresh) {
        for (int page : shared) {
            retain(page);
        }
        if (available() < fresh) {
            int found = available();
            release(shared);
            throw new IllegalStateException("a step wants " + fresh + " fresh pages, " + found + " are available");
        }
        int[] pages = new int[fresh];
        for (int i = 0; i < fresh; i++) {
            pages[i] = freePages > 0 ? free[--freePages] : prefixes.reclaim();
            holders[pages[i]] = 1;
            reached = Math.max(reached, pages[i] + 1);
        }
        return new Reservation(this, shared, pages);
    }

    /** Lets a full page be found by its prefix from now on; its holder must not write it any more. */
    public void publish(int page, PrefixKey key) {
        if (page < limit) {
            prefixes.publish(page, key);
        }
    }

    /** One holder of each page less. The last pages of a prefix are given up first, since they are of no use without the rest. */
    public void release(int... pages) {
        for (int i = pages.length - 1; i >= 0; i--) {
            int page = pages[i];
            if (holders[page] == 0) {
                throw new IllegalStateException("page " + page + " is released, but nobody holds it");
            }
            if (--holders[page] == 0) {
                if (prefixes.contains(page)) {
                    prefixes.rest(page);
                } else if (page < limit) {
                    free[freePages++] = page;
                }
            }
        }
    }

    private void retain(int page) {
        if (holders[page]++ == 0) {
            prefixes.wake(page);
        }
    }

    /** The state now. */
    public PoolSnapshot snapshot() {
        return new PoolSnapshot(
                holders.clone(), Arrays.copyOf(free, freePages), prefixes.idle(), prefixes.published(), limit);
    }
}
