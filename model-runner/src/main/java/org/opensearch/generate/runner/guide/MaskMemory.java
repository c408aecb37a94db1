// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of the languages that are followed, within a number of bytes, the languages' own among them. The least recently
 * used language goes first, whole; of the last one its least recently used values. Not thread-safe.
 */
final class MaskMemory {
    /** Memory of a value beside its arrays, about. */
    private static final int ENTRY_BYTES = 200;

    private record Entry(Object value, long bytes) {}

    private static final class Kept {
        final Map<Object, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
        long bytes;

        Kept(long bytes) {
            this.bytes = bytes;
        }
    }

    private final long most;
    private final Map<Guide, Kept> guides = new LinkedHashMap<>(16, 0.75f, true);
    private long total;

    MaskMemory(long mostBytes) {
        this.most = mostBytes;
    }

    /** A value of a language, or null. */
    @Nullable
    Object get(Guide guide, Object key) {
        Kept kept = guides.get(guide);
        Entry entry = kept == null ? null : kept.entries.get(key);
        return entry == null ? null : entry.value;
    }

    /** Keeps a value that holds so many bytes. */
    void put(Guide guide, Object key, Object value, long bytes) {
        Kept kept = guides.get(guide);
        if (kept == null) {
            kept = new Kept(guide.bytes());
            guides.put(guide, kept);
            total += kept.bytes;
        }
        Entry entry = new Entry(value, bytes + ENTRY_BYTES);
        Entry old = kept.entries.put(key, entry);
        long more = entry.bytes - (old == null ? 0 : old.bytes);
        kept.bytes += more;
        total += more;
        shrink(kept);
    }

    private void shrink(Kept current) {
        for (Iterator<Kept> all = guides.values().iterator(); total > most && all.hasNext(); ) {
            Kept kept = all.next();
            if (kept != current) {
                total -= kept.bytes;
                all.remove();
            }
        }
        for (Iterator<Entry> all = current.entries.values().iterator(); total > most && all.hasNext(); ) {
            Entry entry = all.next();
            current.bytes -= entry.bytes;
            total -= entry.bytes;
            all.remove();
        }
    }

    /** Bytes held, about. */
    long bytes() {
        return total;
    }
}
