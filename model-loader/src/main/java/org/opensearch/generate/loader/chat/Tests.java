// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Arguments;
import org.opensearch.generate.loader.chat.Scope.Callable;

/** What may follow {@code is}. */
final class Tests {
    private static final Set<String> NAMES = new TreeSet<>(Set.of(
            "boolean",
            "callable",
            "defined",
            "divisibleby",
            "eq",
            "equalto",
            "even",
            "false",
            "float",
            "ge",
            "gt",
            "in",
            "integer",
            "iterable",
            "le",
            "lower",
            "lt",
            "mapping",
            "ne",
            "none",
            "number",
            "odd",
            "sameas",
            "sequence",
            "string",
            "true",
            "undefined",
            "upper"));

    private Tests() {}

    static Set<String> names() {
        return NAMES;
    }

    /** Whether the test holds. */
    static boolean holds(Scope scope, String name, Object value, Arguments arguments) {
        return switch (name) {
            case "defined" -> value != Absent.UNDEFINED;
            case "undefined" -> value == Absent.UNDEFINED;
            case "none" -> value == Absent.NONE;
            case "string" -> value instanceof Text;
            case "mapping" -> value instanceof Map;
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "number" -> Values.isNumber(value);
            case "sequence", "iterable" -> value instanceof List || value instanceof Map || value instanceof Text;
            case "callable" -> value instanceof Callable;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "upper" -> Values.text(value).string().chars().noneMatch(Character::isLowerCase);
            case "lower" -> Values.text(value).string().chars().noneMatch(Character::isUpperCase);
            case "odd" -> Math.floorMod(Values.integer(value), 2) == 1;
            case "even" -> Math.floorMod(Values.integer(value), 2) == 0;
            default -> compared(scope, name, value, arguments.get(0, "other"));
        };
    }

    private static boolean compared(Scope scope, String name, Object value, Object other) {
        return switch (name) {
            case "eq", "equalto", "sameas" -> Values.same(value, other);
            case "ne" -> !Values.same(value, other);
            case "in" -> Values.contains(scope, other, value);
            case "lt" -> Values.compare(value, other) < 0;
            case "le" -> Values.compare(value, other) <= 0;
            case "gt" -> Values.compare(value, other) > 0;
            case "ge" -> Values.compare(value, other) >= 0;
            case "divisibleby" -> Values.arithmetic(scope, "%", value, other).equals(0L);
            default -> throw new TemplateException("wanted a test of " + NAMES + ", found " + name);
        };
    }
}
