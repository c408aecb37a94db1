// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.guide.Guide;

/** Languages of answers, made once for requests that ask for the same; within a number of bytes. Thread-safe. */
final class Guides {
    private static final long MOST_BYTES = 32L << 20;

    private final Map<ResponseFormat, Guide> made = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** The language of an answer over passages; null for any text. */
    @Nullable
    Guide of(ResponseFormat format, List<Passage> passages) {
        return switch (format.type()) {
            case TEXT -> null;
            case QUOTES ->
                Guide.quotes(passages.stream()
                        .flatMap(passage -> passage.parts().stream())
                        .map(Passage.Part::text)
                        .toList());
            default -> of(format);
        };
    }

    private @Nullable Guide of(ResponseFormat format) {
        Guide known = known(format);
        if (known != null) {
            return known;
        }
        Guide guide = format.guide();
        if (guide != null) {
            keep(format, guide);
        }
        return guide;
    }

    private synchronized @Nullable Guide known(ResponseFormat format) {
        return made.get(format);
    }

    private synchronized void keep(ResponseFormat format, Guide guide) {
        Guide before = made.put(format, guide);
        bytes += bytes(format, guide) - (before == null ? 0 : bytes(format, before));
        Iterator<Map.Entry<ResponseFormat, Guide>> oldest = made.entrySet().iterator();
        while (bytes > MOST_BYTES) {
            Map.Entry<ResponseFormat, Guide> entry = oldest.next();
            bytes -= bytes(entry.getKey(), entry.getValue());
            oldest.remove();
        }
    }

    private static long bytes(ResponseFormat format, Guide guide) {
        return guide.bytes() + 2L * format.json().length();
    }
}
