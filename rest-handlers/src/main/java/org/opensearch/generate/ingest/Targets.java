// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.rag.Document;
import org.opensearch.ingest.IngestDocument;

/** What processors read of a document and write to it, by dotted paths. */
final class Targets {
    private static final String SOURCE = "_source.";
    private static final String INGEST = "_ingest.";

    private Targets() {}

    /**
     * The texts that a path leads to, through objects, lists and names with dots; numbers and booleans as they are written. Empty
     * where there is none: never fails.
     */
    static List<Document.Text> texts(IngestDocument document, String path) {
        if (path.startsWith(INGEST)) {
            return Document.texts(Map.of("_ingest", document.getIngestMetadata()), List.of(path));
        }
        String inSource = path.startsWith(SOURCE) ? path.substring(SOURCE.length()) : path;
        return Document.texts(document.getSourceAndMetadata(), List.of(inSource));
    }

    /** The value at a path, null if there is none. */
    static Object value(IngestDocument document, String path) {
        return document.getFieldValue(path, Object.class, true);
    }

    /**
     * Sees to it that all these paths can be written, before one is.
     *
     * @throws IllegalArgumentException if one leads through something that is no object
     */
    static void check(IngestDocument document, Collection<String> paths) {
        IngestDocument trial =
                new IngestDocument(copy(document.getSourceAndMetadata()), copy(document.getIngestMetadata()));
        paths.forEach(path -> trial.setFieldValue(path, ""));
    }

    /** Objects and lists are copied; of values any kind may be there, and none is changed. */
    private static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> copy = new HashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), copyOf(value)));
        return copy;
    }

    private static Object copyOf(Object value) {
        if (value instanceof Map<?, ?> map) {
            return copy(map);
        }
        if (value instanceof List<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(entry -> copy.add(copyOf(entry)));
            return copy;
        }
        return value;
    }
}
