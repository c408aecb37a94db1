// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.opensearch.common.regex.Regex;

/**
 * The JSON schema of documents that a mapping takes: each field is there, in the order of their names or of the request, and null where
 * nothing is known of it. Only values that a field indexes without a rejection are allowed.
 */
public final class MappingSchema {
    private static final int MOST_FIELDS = 500;
    private static final String NULL = "null";
    private static final long LARGEST = 999_999_999_999_999L;
    private static final int HALF_FLOAT_LARGEST = 65_504;
    /** Of 8 and 16 bits. */
    private static final int BYTE_LARGEST = 127;

    private static final int SHORT_LARGEST = 32_767;
    private static final Set<String> STRINGS =
            Set.of("text", "match_only_text", "keyword", "wildcard", "search_as_you_type");
    private static final Set<String> DATES = Set.of(
            "strict_date_optional_time",
            "date_optional_time",
            "strict_date",
            "date",
            "yyyy-MM-dd",
            "strict_year_month_day",
            "year_month_day");
    private static final String DATE = "^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$";

    private final List<String> wanted;
    private final String index;
    private int fields;

    private MappingSchema(String index, List<String> wanted) {
        this.index = index;
        this.wanted = wanted;
    }

    /**
     * The schema.
     *
     * @param index the index, for errors
     * @param mapping what the index says of its fields
     * @param wanted paths or patterns of the fields; empty for all that can be written
     * @throws IllegalArgumentException if a wanted field is not there, or cannot be written; or if there are none or too many
     */
    public static Map<String, Object> of(String index, Map<String, Object> mapping, List<String> wanted) {
        MappingSchema schema = new MappingSchema(index, wanted);
        for (String pattern : wanted) {
            schema.requireField(pattern, mapping);
        }
        return schema.object("", mapping);
    }

    private void requireField(String pattern, Map<String, Object> mapping) {
        List<String> paths = new ArrayList<>();
        paths("", mapping, paths);
        if (paths.stream().noneMatch(path -> matches(pattern, path))) {
            throw new IllegalArgumentException("index [" + index + "] has no field [" + pattern + "]");
        }
    }

    private static void paths(String parent, Map<String, Object> mapping, List<String> paths) {
        properties(mapping).forEach((name, field) -> {
            paths.add(parent + name);
            paths(parent + name + ".", field, paths);
        });
    }

    /** A field is meant by its own path or pattern, or by that of an object around it. */
    private static boolean matches(String pattern, String path) {
        return Regex.simpleMatch(pattern, path) || path.startsWith(pattern + ".");
    }

    private static Map<String, Map<String, Object>> properties(Map<String, Object> mapping) {
        Map<String, Map<String, Object>> properties = new TreeMap<>();
        if (mapping.get("properties") instanceof Map<?, ?> map) {
            map.forEach((name, field) -> {
                if (field instanceof Map<?, ?> details) {
                    Map<String, Object> copy = new LinkedHashMap<>();
                    details.forEach((key, value) -> copy.put(String.valueOf(key), value));
                    properties.put(String.valueOf(name), copy);
                }
            });
        }
        return properties;
    }

    private Map<String, Object> object(String parent, Map<String, Object> mapping) {
        Map<String, Object> properties = new LinkedHashMap<>();
        Map<String, Map<String, Object>> fieldsOf = properties(mapping);
        for (String name : inOrder(parent, fieldsOf.keySet())) {
            String path = parent + name;
            Map<String, Object> field = fieldsOf.getOrDefault(name, Map.of());
            boolean named = wanted.stream().anyMatch(pattern -> matches(pattern, path));
            boolean within = wanted.stream().anyMatch(pattern -> pattern.startsWith(path + "."));
            if (wanted.isEmpty() || named || within) {
                add(properties, name, path, field, named);
            }
        }
        if (properties.isEmpty() && parent.isEmpty()) {
            throw new IllegalArgumentException("index [" + index + "] has no fields that can be written");
        }
        return Map.of(
                "type",
                parent.isEmpty() ? "object" : List.of("object", NULL),
                "properties",
                properties,
                "required",
                List.copyOf(properties.keySet()),
                "additionalProperties",
                false);
    }

    private List<String> inOrder(String parent, Set<String> names) {
        List<String> order = new ArrayList<>();
        for (String pattern : wanted) {
            names.stream()
                    .filter(name -> matches(pattern, parent + name) || pattern.startsWith(parent + name + "."))
                    .filter(name -> !order.contains(name))
                    .forEach(order::add);
        }
        return wanted.isEmpty() ? List.copyOf(names) : order;
    }

    private void add(
            Map<String, Object> properties, String name, String path, Map<String, Object> field, boolean named) {
        if (++fields > MOST_FIELDS) {
            throw new IllegalArgumentException(
                    "more than " + MOST_FIELDS + " fields of index [" + index + "]: name those that are wanted");
        }
        String type = String.valueOf(field.getOrDefault("type", "object"));
        if (type.equals("object") || type.equals("nested")) {
            Map<String, Object> inner = object(path + ".", field);
            if (!((Map<?, ?>) inner.getOrDefault("properties", Map.of())).isEmpty()) {
                properties.put(name, inner);
            }
            return;
        }
        Map<String, Object> schema = schema(type, field);
        if (!schema.isEmpty()) {
            properties.put(name, schema);
        } else if (named && wanted.contains(path)) {
            throw new IllegalArgumentException("field [" + path + "] of index [" + index + "] is a [" + type
                    + (field.containsKey("format") ? "] with format [" + field.get("format") : "")
                    + "], which cannot be written");
        }
    }

    /** The values of a field; empty if we know of none. */
    private static Map<String, Object> schema(String type, Map<String, Object> field) {
        if (STRINGS.contains(type)) {
            return Map.of("type", List.of("string", NULL));
        }
        return switch (type) {
            case "boolean" -> Map.of("type", List.of("boolean", NULL));
            case "byte" -> bounded("integer", -BYTE_LARGEST, BYTE_LARGEST);
            case "short" -> bounded("integer", -SHORT_LARGEST, SHORT_LARGEST);
            case "integer" -> bounded("integer", -Integer.MAX_VALUE, Integer.MAX_VALUE);
            case "long" -> bounded("integer", -LARGEST, LARGEST);
            case "unsigned_long" -> bounded("integer", 0, LARGEST);
            case "half_float" -> bounded("number", -HALF_FLOAT_LARGEST, HALF_FLOAT_LARGEST);
            case "float", "double", "scaled_float" -> bounded("number", -Integer.MAX_VALUE, Integer.MAX_VALUE);
            case "ip" -> Map.of("type", List.of("string", NULL), "format", "ipv4");
            case "date", "date_nanos" ->
                isDate(String.valueOf(field.getOrDefault("format", "strict_date_optional_time")))
                        ? Map.of("type", List.of("string", NULL), "pattern", DATE)
                        : Map.of();
            case "geo_point" -> {
                Map<String, Object> point = new LinkedHashMap<>();
                point.put("lat", Map.of("type", "number", "minimum", -90, "maximum", 90));
                point.put("lon", Map.of("type", "number", "minimum", -180, "maximum", 180));
                yield Map.of(
                        "type",
                        List.of("object", NULL),
                        "properties",
                        point,
                        "required",
                        List.of("lat", "lon"),
                        "additionalProperties",
                        false);
            }
            default -> Map.of();
        };
    }

    private static Map<String, Object> bounded(String type, long least, long most) {
        return Map.of("type", List.of(type, NULL), "minimum", least, "maximum", most);
    }

    private static boolean isDate(String formats) {
        for (String format : formats.split("\\|\\|", -1)) {
            if (DATES.contains(format)) {
                return true;
            }
        }
        return false;
    }
}
