// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of a JSON schema: reading them with clear errors, and writing them as text. */
final class Json {
    /** The value null, where null would say that there is no value. */
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    /** Numbers between which bounds and constants may be, but for 0. */
    private static final double LARGEST = 1e300;

    private static final double SMALLEST = 1e-300;

    private Json() {}

    static String string(Map<String, Object> schema, String keyword, String path) {
        if (!(schema.get(keyword) instanceof String text)) {
            throw JsonSchema.error(path, "[" + keyword + "] must be a string");
        }
        return text;
    }

    @SuppressWarnings("unchecked") // a list of anything is a list of objects
    static List<Object> list(Map<String, Object> schema, String keyword, String path) {
        if (!(schema.get(keyword) instanceof List<?> list)) {
            throw JsonSchema.error(path, "[" + keyword + "] must be a list");
        }
        return (List<Object>) list;
    }

    static Map<?, ?> map(Map<String, Object> schema, String keyword, String path) {
        if (!(schema.get(keyword) instanceof Map<?, ?> map)) {
            throw JsonSchema.error(path, "[" + keyword + "] must be an object");
        }
        return map;
    }

    /** A whole number from 0 to {@code most}, or {@code missing}. */
    static int count(Map<String, Object> schema, String keyword, int missing, int most, String path) {
        if (!schema.containsKey(keyword)) {
            return missing;
        }
        BigDecimal value = number(schema, keyword, path);
        if (value.stripTrailingZeros().scale() > 0
                || value.signum() < 0
                || value.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw JsonSchema.error(
                    path, "[" + keyword + "] must be a whole number from 0 to " + most + ", found " + value);
        }
        return value.intValueExact();
    }

    static BigDecimal number(Map<String, Object> schema, String keyword, String path) {
        if (!(schema.get(keyword) instanceof Number number)) {
            throw JsonSchema.error(path, "[" + keyword + "] must be a number");
        }
        return decimal(number, keyword, path);
    }

    private static BigDecimal decimal(Number number, String keyword, String path) {
        double size = Math.abs(number.doubleValue());
        if (!(size <= LARGEST) || (size > 0 && size < SMALLEST)) {
            throw JsonSchema.error(path, "[" + keyword + "] is not of a size that is supported: " + number);
        }
        return new BigDecimal(number.toString());
    }

    /** A value such that equal JSON values are equal, however they are written. */
    static Object canonical(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> all = new HashMap<>();
            map.forEach((key, member) -> all.put(key, canonical(member)));
            return all;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Json::canonical).toList();
        }
        if (value instanceof Number number) {
            return new BigDecimal(number.toString()).stripTrailingZeros();
        }
        return value == null ? NULL : value;
    }

    /** Whether a value is of a type of JSON schema. */
    static boolean isOf(String type, @Nullable Object value) {
        return switch (type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "integer" ->
                value instanceof Number number
                        && new BigDecimal(number.toString())
                                        .stripTrailingZeros()
                                        .scale()
                                <= 0;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            default -> type.equals("null") && (value == null || value == NULL);
        };
    }

    /** A value as JSON, without white space. */
    static String text(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            char sign = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(sign);
                write(String.valueOf(entry.getKey()), out);
                out.append(':');
                write(entry.getValue(), out);
                sign = ',';
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            char sign = '[';
            for (Object item : list) {
                out.append(sign);
                write(item, out);
                sign = ',';
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof String text) {
            out.append('"');
            text.codePoints().forEach(c -> {
                if (Texts.isEscaped(c)) {
                    out.append(Texts.escape(c));
                } else {
                    out.appendCodePoint(c);
                }
            });
            out.append('"');
        } else if (value instanceof Number number) {
            out.append(decimal(number, "const", "a number"));
        } else {
            out.append(value);
        }
    }
}
