// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a value can fit one of several schemas only, as {@code oneOf} wants: their types differ, or they are objects that
 * require a property with values ({@code const}, {@code enum}) that differ.
 */
final class Alternatives {
    private Alternatives() {}

    /** @throws GuideException if it cannot be told that they exclude each other */
    static void requireDisjoint(List<?> schemas, String path) {
        for (int i = 0; i < schemas.size(); i++) {
            for (int j = i + 1; j < schemas.size(); j++) {
                if (!differ(schemas.get(i), schemas.get(j))) {
                    throw JsonSchema.error(
                            path,
                            "[oneOf] is kept where its schemas exclude each other by [type], or by a required property"
                                    + " with [const] or [enum]; " + i + " and " + j + " may not: use [anyOf]");
                }
            }
        }
    }

    private static boolean differ(Object a, Object b) {
        if (!(a instanceof Map<?, ?> first) || !(b instanceof Map<?, ?> second)) {
            return false;
        }
        if (first.get("type") instanceof String one
                && second.get("type") instanceof String other
                && !one.equals(other)
                && !(isNumber(one) && isNumber(other))) {
            return true;
        }
        Set<Object> one = values(first);
        Set<Object> other = values(second);
        if (one != null && other != null) {
            return disjoint(one, other);
        }
        if (one != null || other != null) {
            return one != null ? noneIsOf(second.get("type"), one) : noneIsOf(first.get("type"), values(second));
        }
        if (!isObject(first) || !isObject(second)) {
            return false;
        }
        if (!(first.get("properties") instanceof Map<?, ?> mine)
                || !(second.get("properties") instanceof Map<?, ?> theirs)) {
            return false;
        }
        for (Object name : mine.keySet()) {
            if (requires(first, name) && requires(second, name)) {
                Set<Object> here = values(mine.get(name));
                Set<Object> there = values(theirs.get(name));
                if (here != null && there != null && disjoint(here, there)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isNumber(String type) {
        return type.equals("integer") || type.equals("number");
    }

    private static boolean noneIsOf(@Nullable Object type, @Nullable Set<Object> values) {
        return type instanceof String name
                && values != null
                && values.stream().noneMatch(value -> Json.isOf(name, value));
    }

    private static boolean isObject(Map<?, ?> schema) {
        return !schema.containsKey("type") || "object".equals(schema.get("type"));
    }

    private static boolean requires(Map<?, ?> schema, Object name) {
        return schema.get("required") instanceof List<?> required && required.contains(name);
    }

    private static @Nullable Set<Object> values(@Nullable Object schema) {
        if (!(schema instanceof Map<?, ?> map)) {
            return null;
        }
        if (map.containsKey("const")) {
            return Set.of(Json.canonical(map.get("const")));
        }
        return map.get("enum") instanceof List<?> list
                ? list.stream().map(Json::canonical).collect(Collectors.toSet())
                : null;
    }

    private static boolean disjoint(Set<Object> a, Set<Object> b) {
        return Collections.disjoint(a, b);
    }
}
