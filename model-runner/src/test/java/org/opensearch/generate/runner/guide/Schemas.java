// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Random JSON schemas of the keywords that are kept. */
final class Schemas {
    private static final List<String> NAMES = List.of("name", "aa", "ab", "\u00E4\u00F6", "a\"b", "tr\\ue", "n\nl", "");
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "uuid", "ipv4", "email", "hostname");
    private static final List<String> PATTERNS =
            List.of("^[a-f]{2,5}$", "ab+", "^\\d{1,3}(\\.\\d)?$", "^(abc|null|12)", "[^a]$", "^a|b$", "^\\w*$");
    private static final int DEPTH = 3;

    private final RandomGenerator random;

    Schemas(RandomGenerator random) {
        this.random = random;
    }

    /** A schema; recursion, if there is any, can end. */
    Map<String, Object> next() {
        Map<String, Object> schema = of(DEPTH);
        if (random.nextInt(4) == 0) {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("type", "object");
            tree.put("properties", Map.of("v", of(1), "next", Map.of("$ref", "#/$defs/tree")));
            tree.put("required", List.of("v"));
            schema = new LinkedHashMap<>(Map.of("$ref", "#/$defs/tree", "$defs", Map.of("tree", tree)));
        }
        return schema;
    }

    private Map<String, Object> of(int depth) {
        return switch (random.nextInt(depth == 0 ? 6 : 10)) {
            case 0 -> string();
            case 1 -> integer();
            case 2 -> number();
            case 3 -> schema("type", random.nextBoolean() ? "boolean" : List.of("null", "boolean"));
            case 4 -> schema("enum", values());
            case 5 -> schema("const", value(2));
            case 6 -> array(depth);
            case 7 -> union(depth);
            default -> object(depth);
        };
    }

    private static Map<String, Object> schema(String keyword, Object value) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put(keyword, value);
        return schema;
    }

    private Map<String, Object> string() {
        Map<String, Object> schema = schema("type", random.nextInt(3) == 0 ? List.of("string", "null") : "string");
        switch (random.nextInt(5)) {
            case 0 -> {
                String format = FORMATS.get(random.nextInt(FORMATS.size()));
                schema.put("format", format);
                if (format.equals("email")) {
                    schema.put("pattern", "\\.(com|org|de)$"); // the validator knows the top level domains there are
                }
            }
            case 1 -> schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
            case 2 -> {
                schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
                schema.put("maxLength", random.nextInt(4, 30));
            }
            case 3 -> {
                int least = random.nextInt(4);
                schema.put("minLength", least);
                schema.put("maxLength", least + random.nextInt(9));
            }
            default -> schema.put("minLength", random.nextInt(4));
        }
        return schema;
    }

    private Map<String, Object> integer() {
        Map<String, Object> schema = schema("type", "integer");
        long from = random.nextLong(-2000, 2000);
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", from);
        }
        if (random.nextBoolean()) {
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", from + 2 + random.nextLong(3000));
        }
        return schema;
    }

    private Map<String, Object> number() {
        Map<String, Object> schema = schema("type", "number");
        long from = random.nextLong(-200, 200);
        if (random.nextBoolean()) {
            schema.put("minimum", from);
        }
        if (random.nextBoolean()) {
            schema.put("maximum", from + random.nextLong(300));
        }
        return schema;
    }

    private Map<String, Object> array(int depth) {
        Map<String, Object> schema = schema("type", "array");
        int first = random.nextInt(3);
        if (first > 0) {
            schema.put(
                    "prefixItems",
                    random.ints(first, 0, 1).mapToObj(i -> of(depth - 1)).toList());
        }
        boolean closed = random.nextInt(4) == 0;
        schema.put("items", closed ? false : of(depth - 1));
        int least = random.nextInt(closed ? first + 1 : 3);
        schema.put("minItems", least);
        if (random.nextBoolean()) {
            schema.put("maxItems", least + random.nextInt(3));
        }
        return schema;
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> schema = schema("type", "object");
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (String name : NAMES) {
            if (random.nextInt(3) == 0) {
                properties.put(name, of(depth - 1));
                if (random.nextBoolean()) {
                    required.add(name);
                }
            }
        }
        schema.put("properties", properties);
        schema.put("required", required);
        switch (random.nextInt(4)) {
            case 0 -> schema.put("additionalProperties", false);
            case 1 -> schema.put("additionalProperties", of(0));
            default -> {}
        }
        return schema;
    }

    private Map<String, Object> union(int depth) {
        if (random.nextBoolean()) {
            return schema("anyOf", List.of(of(depth - 1), of(depth - 1), of(0)));
        }
        Map<String, Object> one = schema("properties", Map.of("kind", Map.of("const", "a"), "x", of(depth - 1)));
        one.put("type", "object");
        one.put("required", List.of("kind"));
        Map<String, Object> other = schema("properties", Map.of("kind", Map.of("enum", List.of("b", "c"))));
        other.put("type", "object");
        other.put("required", List.of("kind", "y"));
        return schema("oneOf", List.of(one, other, schema("type", "integer"), schema("type", "null")));
    }

    private List<Object> values() {
        List<Object> values = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            values.add(value(2));
        }
        return values.stream().distinct().toList();
    }

    private Object value(int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> random.nextInt(-50, 50);
            case 1 -> random.nextInt(100) / 4.0;
            case 2 -> random.nextBoolean();
            case 3 -> NAMES.get(random.nextInt(NAMES.size()));
            case 4 -> List.of(value(depth - 1), value(depth - 1));
            default -> Map.of(NAMES.get(random.nextInt(NAMES.size())), value(depth - 1));
        };
    }
}
