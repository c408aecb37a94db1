// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.regex.Regex;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.search.SearchHit;

/**
 * A hit's texts.
 *
 * @param index its index
 * @param id its id
 * @param texts its texts in the order the request names fields, then in document order; empty if it has none of them
 */
public record Document(String index, String id, List<Text> texts) implements Writeable {
    /**
     * A string of a document.
     *
     * @param field path in {@code _source}; values of an array carry their place: {@code comments[2].text}
     * @param value the whole string
     */
    public record Text(String field, String value) implements Writeable {
        Text(StreamInput in) throws IOException {
            this(in.readString(), in.readString());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeString(field);
            out.writeString(value);
        }
    }

    /** Reads what {@link #writeTo} wrote. */
    public Document(StreamInput in) throws IOException {
        this(in.readString(), in.readString(), in.readList(Text::new));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(index);
        out.writeString(id);
        out.writeList(texts);
    }

    /**
     * Takes the wanted texts out of a hit's {@code _source}: of nested objects with {@code inner_hits} only those that matched,
     * with their neighbours. Never fails: a hit without them has no texts.
     */
    public static Document of(SearchHit hit, ContextOptions context) {
        Map<String, Object> source = hit.hasSource() ? hit.getSourceAsMap() : Map.of();
        MatchedObjects matched = MatchedObjects.of(hit, context.neighbors());
        List<String> fields = context.fields().isEmpty() ? matched.patterns() : context.fields();
        return new Document(hit.getIndex(), hit.getId(), texts(source, fields, matched));
    }

    /** Texts of a source; without fields every string, with fields also numbers and booleans that are named. */
    public static List<Text> texts(Map<String, Object> source, List<String> fields) {
        return texts(source, fields, MatchedObjects.NONE);
    }

    private static List<Text> texts(Map<String, Object> source, List<String> fields, MatchedObjects matched) {
        Map<String, List<Text>> byPattern = new LinkedHashMap<>();
        List<String> patterns = fields.isEmpty() ? List.of("*") : fields;
        patterns.forEach(pattern -> byPattern.put(pattern, new ArrayList<>()));
        walk("", "", source, byPattern, matched);
        List<Text> texts = new ArrayList<>();
        byPattern.values().forEach(texts::addAll);
        return List.copyOf(texts);
    }

    /** @param path fields alone, which patterns are matched with; {@code place} has the places in arrays too */
    private static void walk(
            String path,
            String place,
            @Nullable Object value,
            Map<String, List<Text>> byPattern,
            MatchedObjects matched) {
        if (value instanceof Map<?, ?> map) {
            String dot = path.isEmpty() ? "" : ".";
            map.forEach((key, child) -> walk(path + dot + key, place + dot + key, child, byPattern, matched));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (matched.include(path, i)) {
                    String at = list.size() == 1 ? place : place + "[" + i + "]";
                    walk(path, at, list.get(i), byPattern, matched);
                }
            }
        } else if (value != null) {
            for (Map.Entry<String, List<Text>> entry : byPattern.entrySet()) {
                boolean wanted = value instanceof String || entry.getKey().equals(path);
                String text = value.toString();
                if (wanted && !text.isBlank() && Regex.simpleMatch(entry.getKey(), path)) {
                    entry.getValue().add(new Text(place, text));
                    return;
                }
            }
        }
    }
}
