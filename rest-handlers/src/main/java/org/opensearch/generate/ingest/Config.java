// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.OpenSearchException;
import org.opensearch.ingest.ConfigurationUtils;

/**
 * Reads the options of a processor, each once, out of the map that a pipeline gives. What is wrong fails with an exception of
 * status 400 that names processor, tag and option.
 */
final class Config {
    private final String type;
    private final @Nullable String tag;
    private final Map<String, Object> options;
    /** In front of names in errors: where in the processor's options these stand. */
    private final String place;

    Config(String type, @Nullable String tag, Map<String, Object> options) {
        this(type, tag, options, "");
    }

    private Config(String type, @Nullable String tag, Map<String, Object> options, String place) {
        this.type = type;
        this.tag = tag;
        this.options = options;
        this.place = place;
    }

    boolean has(String name) {
        return options.containsKey(name);
    }

    @Nullable
    String text(String name) {
        Object value = options.remove(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw wrong(name, "must be a text that is not empty, found [" + value + "]");
    }

    String requiredText(String name) {
        String text = text(name);
        if (text == null) {
            throw wrong(name, "is missing");
        }
        return text;
    }

    boolean flag(String name) {
        Object value = options.remove(name);
        if (value == null || value instanceof Boolean) {
            return value != null && (Boolean) value;
        }
        throw wrong(name, "must be true or false, found [" + value + "]");
    }

    /** A whole number in a range, {@code standard} if there is none. */
    long whole(String name, long smallest, long largest, long standard) {
        Object value = options.remove(name);
        if (value == null) {
            return standard;
        }
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number >= smallest && number <= largest) {
                return number;
            }
        }
        throw wrong(name, "must be a whole number from " + smallest + " to " + largest + ", found [" + value + "]");
    }

    float number(String name, double smallest, double largest, double standard) {
        Object value = options.remove(name);
        if (value == null) {
            return (float) standard;
        }
        if (value instanceof Number number && number.doubleValue() >= smallest && number.doubleValue() <= largest) {
            return number.floatValue();
        }
        throw wrong(name, "must be a number from " + smallest + " to " + largest + ", found [" + value + "]");
    }

    /** Texts of a list, or one alone. */
    List<String> texts(String name) {
        Object value = options.remove(name);
        if (value == null) {
            return List.of();
        }
        List<?> list = value instanceof List<?> many ? many : List.of(value);
        if (!list.stream().allMatch(String.class::isInstance)) {
            throw wrong(name, "must be a text or a list of texts, found [" + value + "]");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** The options of an object, null if there is none. */
    @Nullable
    Config object(String name) {
        Object value = options.remove(name);
        return value == null ? null : of(name, value);
    }

    /** An object as it is, null if there is none. */
    @Nullable
    Map<String, Object> map(String name) {
        Object value = options.remove(name);
        if (value == null) {
            return null;
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(name, "must be an object, found [" + value + "]");
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, entry) -> copy.put(String.valueOf(key), entry));
        return copy;
    }

    /** The options of each object of a list. */
    List<Config> objects(String name) {
        Object value = options.remove(name);
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw wrong(name, "must be a list of objects, found [" + value + "]");
        }
        return list.stream().map(entry -> of(name, entry)).toList();
    }

    private Config of(String name, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(name, "must hold objects, found [" + value + "]");
        }
        Map<String, Object> copy = new HashMap<>();
        map.forEach((key, entry) -> copy.put(String.valueOf(key), entry));
        return new Config(type, tag, copy, place + name + ".");
    }

    /** What is left. */
    List<String> names() {
        return options.keySet().stream().sorted().toList();
    }

    /** For objects: nothing may be left. The node sees to it for the processor's own options. */
    void end() {
        if (!options.isEmpty()) {
            throw wrong(names().getFirst(), "is not known here");
        }
    }

    OpenSearchException wrong(String name, @Nullable String problem) {
        return ConfigurationUtils.newConfigurationException(type, tag, place + name, String.valueOf(problem));
    }
}
