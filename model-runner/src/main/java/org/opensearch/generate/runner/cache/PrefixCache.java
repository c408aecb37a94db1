// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which full pages can be found again by their {@link PrefixKey}, and which of those nobody holds, least recently used first.
 */
final class PrefixCache {
    private final Map<PrefixKey, Integer> pages = new HashMap<>();
    private @Nullable PrefixKey[] keys;
    private final LinkedHashSet<Integer> idle = new LinkedHashSet<>();

    PrefixCache(int pages) {
        this.keys = new @Nullable PrefixKey[pages];
    }

    @Nullable
    Integer find(PrefixKey key) {
        return pages.get(key);
    }

    boolean contains(int page) {
        return keys[page] != null;
    }

    /** Lets a page be found; the first page published under a key stays. */
    void publish(int page, PrefixKey key) {
        assert keys[page] == null : "page " + page + " is published twice";
        if (pages.putIfAbsent(key, page) == null) {
            keys[page] = key;
        }
    }

    /** Nobody holds the published page any more. */
    void rest(int page) {
        idle.add(page);
    }

    /** Somebody holds the published page again. */
    void wake(int page) {
        idle.remove(page);
    }

    /** Forgets the page that rested longest. */
    int reclaim() {
        int page = idle.removeFirst();
        pages.remove(keys[page]);
        keys[page] = null;
        return page;
    }

    /** Forgets the pages from {@code first} on, also those that somebody holds. */
    void forgetFrom(int first) {
        for (int page = first; page < keys.length; page++) {
            if (keys[page] != null) {
                pages.remove(keys[page]);
                keys[page] = null;
            }
            idle.remove(page);
        }
    }

    /** Changes the number of pages; those beyond are forgotten. */
    void resize(int count) {
        forgetFrom(count);
        keys = Arrays.copyOf(keys, count);
    }

    int idlePages() {
        return idle.size();
    }

    int[] idle() {
        return idle.stream().mapToInt(Integer::intValue).toArray();
    }

    int[] published() {
        int[] published = pages.values().stream().mapToInt(Integer::intValue).toArray();
        Arrays.sort(published);
        return published;
    }
}
