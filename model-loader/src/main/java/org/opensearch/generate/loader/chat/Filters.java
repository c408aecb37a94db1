// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Arguments;

/** What may follow {@code |}. */
final class Filters {
    private static final Map<String, Filter> KNOWN = new TreeMap<>();

    static {
        KNOWN.put("trim", (scope, value, arguments) -> {
            Object set = arguments.get(0, "chars", Absent.NONE);
            return Values.print(scope, value)
                    .strip(set == Absent.NONE ? "" : Values.text(set).string(), true, true);
        });
        Filter otherwise = (scope, value, arguments) -> {
            boolean alsoFalse = Values.truth(arguments.get(1, "boolean", false));
            boolean missing = value == Absent.UNDEFINED || (alsoFalse && !Values.truth(value));
            return missing ? arguments.get(0, "default_value", Text.EMPTY) : value;
        };
        KNOWN.put("default", otherwise);
        KNOWN.put("d", otherwise);
        KNOWN.put("tojson", (scope, value, arguments) -> {
            Object indent = arguments.get(0, "indent", Absent.NONE);
            return Values.json(
                    scope, value, indent == Absent.NONE ? -1 : (int) Math.clamp(Values.integer(indent), 0L, 16L));
        });
        KNOWN.put("upper", (scope, value, arguments) -> string(scope, value, "upper"));
        KNOWN.put("lower", (scope, value, arguments) -> string(scope, value, "lower"));
        KNOWN.put("title", (scope, value, arguments) -> string(scope, value, "title"));
        KNOWN.put("capitalize", (scope, value, arguments) -> string(scope, value, "capitalize"));
        KNOWN.put("string", (scope, value, arguments) -> Values.print(scope, value));
        KNOWN.put("safe", (scope, value, arguments) -> value);
        KNOWN.put("replace", (scope, value, arguments) -> {
            Text replacement = Values.text(arguments.get(1, "new"));
            String old = Values.text(arguments.get(0, "old")).string();
            return Methods.replace(scope, Values.print(scope, value), old, replacement, arguments);
        });
        KNOWN.put("indent", Filters::indent);
        KNOWN.put("join", (scope, value, arguments) -> {
            Object attribute = arguments.get(1, "attribute", Absent.NONE);
            List<Object> items = new ArrayList<>();
            for (Object item : Values.items(scope, value)) {
                items.add(attribute == Absent.NONE ? item : Values.index(item, attribute));
            }
            return Methods.join(scope, Values.text(arguments.get(0, "d", Text.EMPTY)), items);
        });
        Filter length = (scope, value, arguments) -> value instanceof Map<?, ?> map
                ? (Object) (long) map.size()
                : (long) Values.items(scope, value).size();
        KNOWN.put("length", length);
        KNOWN.put("count", length);
        KNOWN.put("first", (scope, value, arguments) -> Values.index(Values.items(scope, value), 0L));
        KNOWN.put("last", (scope, value, arguments) -> Values.index(Values.items(scope, value), -1L));
        KNOWN.put("list", (scope, value, arguments) -> new ArrayList<Object>(Values.items(scope, value)));
        KNOWN.put(
                "items",
                (scope, value, arguments) ->
                        value == Absent.UNDEFINED ? List.of() : Methods.call(scope, value, "items", Arguments.NONE));
        KNOWN.put("dictsort", (scope, value, arguments) -> {
            List<Object> items = new ArrayList<>((List<?>) Methods.call(scope, value, "items", Arguments.NONE));
            items.sort((a, b) -> Values.compare(Values.index(a, 0L), Values.index(b, 0L)));
            return items;
        });
        KNOWN.put("reverse", (scope, value, arguments) -> Values.slice(scope, value, Absent.NONE, Absent.NONE, -1L));
        KNOWN.put("sort", Filters::sort);
        KNOWN.put("unique", Filters::unique);
        KNOWN.put("min", (scope, value, arguments) -> Values.index(sort(scope, value, Arguments.NONE), 0L));
        KNOWN.put("max", (scope, value, arguments) -> Values.index(sort(scope, value, Arguments.NONE), -1L));
        KNOWN.put("sum", (scope, value, arguments) -> {
            Object sum = 0L;
            for (Object item : Values.items(scope, value)) {
                sum = Values.add(scope, sum, item);
            }
            return sum;
        });
        KNOWN.put("int", (scope, value, arguments) -> integer(value, arguments.get(0, "default", 0L)));
        KNOWN.put("float", (scope, value, arguments) -> real(value, arguments.get(0, "default", 0.0)));
        KNOWN.put(
                "abs",
                (scope, value, arguments) ->
                        Values.number(value) < 0 ? Values.arithmetic(scope, "-", 0L, value) : value);
        KNOWN.put("round", (scope, value, arguments) -> StrictMath.rint(Values.number(value)));
        KNOWN.put("map", Filters::map);
        KNOWN.put("select", (scope, value, arguments) -> select(scope, value, arguments, false, true));
        KNOWN.put("reject", (scope, value, arguments) -> select(scope, value, arguments, false, false));
        KNOWN.put("selectattr", (scope, value, arguments) -> select(scope, value, arguments, true, true));
        KNOWN.put("rejectattr", (scope, value, arguments) -> select(scope, value, arguments, true, false));
    }

    private Filters() {}

    /** A filter. */
    @FunctionalInterface
    interface Filter {
        /** The filtered value. */
        Object apply(Scope scope, Object value, Arguments arguments);
    }

    /** The filter of that name. */
    static @Nullable Filter of(String name) {
        return KNOWN.get(name);
    }

    static Set<String> names() {
        return KNOWN.keySet();
    }

    private static Object string(Scope scope, Object value, String method) {
        return Methods.call(scope, Values.print(scope, value), method, Arguments.NONE);
    }

    private static Object indent(Scope scope, Object value, Arguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        Text prefix = width instanceof Text text
                ? text
                : Text.trusted(" ".repeat((int) Math.clamp(Values.integer(width), 0L, 100L)));
        boolean first = Values.truth(arguments.get(1, "first", false));
        boolean blank = Values.truth(arguments.get(2, "blank", false));
        List<Object> lines = Values.print(scope, value).split("\n", Long.MAX_VALUE);
        Text.Builder indented = new Text.Builder();
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            scope.chars((long) line.length() + prefix.length());
            indented.append(i == 0 ? "" : "\n");
            if (i == 0 ? first : blank || !line.isEmpty()) {
                indented.append(prefix);
            }
            indented.append(line);
        }
        return indented.build();
    }

    private static Object sort(Scope scope, Object value, Arguments arguments) {
        Object attribute = arguments.get(2, "attribute", Absent.NONE);
        boolean caseSensitive = Values.truth(arguments.get(1, "case_sensitive", false));
        List<Object> sorted = new ArrayList<>(Values.items(scope, value));
        scope.work(16L * sorted.size());
        Comparator<Object> order =
                (a, b) -> Values.compare(sortKey(a, attribute, caseSensitive), sortKey(b, attribute, caseSensitive));
        sorted.sort(Values.truth(arguments.get(0, "reverse", false)) ? order.reversed() : order);
        return sorted;
    }

    private static Object sortKey(Object item, Object attribute, boolean caseSensitive) {
        Object key = attribute == Absent.NONE ? item : Values.index(item, attribute);
        return key instanceof Text text && !caseSensitive
                ? Text.trusted(text.string().toLowerCase(Locale.ROOT))
                : key;
    }

    private static Object unique(Scope scope, Object value, Arguments arguments) {
        Map<Object, Object> kept = new java.util.LinkedHashMap<>();
        for (Object item : Values.items(scope, value)) {
            kept.putIfAbsent(sortKey(Values.plainKey(item), Absent.NONE, false), item);
        }
        return new ArrayList<>(kept.values());
    }

    private static Object integer(Object value, Object otherwise) {
        try {
            return value instanceof Text text
                    ? (Object) Long.valueOf(text.string().strip())
                    : (Object) (long) Values.number(value);
        } catch (NumberFormatException | TemplateException e) {
            return otherwise;
        }
    }

    private static Object real(Object value, Object otherwise) {
        try {
            return value instanceof Text text
                    ? (Object) Double.valueOf(text.string().strip())
                    : (Object) Values.number(value);
        } catch (NumberFormatException | TemplateException e) {
            return otherwise;
        }
    }

    private static Object map(Scope scope, Object value, Arguments arguments) {
        Object attribute = arguments.named().getOrDefault("attribute", Absent.NONE);
        List<Object> mapped = new ArrayList<>();
        if (attribute != Absent.NONE) {
            Object otherwise = arguments.named().getOrDefault("default", Absent.UNDEFINED);
            for (Object item : Values.items(scope, value)) {
                Object member = Values.index(item, attribute);
                mapped.add(member == Absent.UNDEFINED ? otherwise : member);
            }
            return mapped;
        }
        String name = Values.text(arguments.get(0, "filter")).string();
        Filter filter = of(name);
        if (filter == null) {
            throw new TemplateException("wanted a filter of " + names() + ", found " + name);
        }
        for (Object item : Values.items(scope, value)) {
            mapped.add(filter.apply(scope, item, rest(arguments, 1)));
        }
        return mapped;
    }

    private static Object select(Scope scope, Object value, Arguments arguments, boolean byAttribute, boolean wanted) {
        int place = byAttribute ? 1 : 0;
        Object attribute = byAttribute ? arguments.get(0, "attribute") : Absent.NONE;
        String test = place < arguments.positional().size()
                ? Values.text(arguments.positional().get(place)).string()
                : "";
        Arguments others = rest(arguments, place + 1);
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.items(scope, value)) {
            Object tested = byAttribute ? Values.index(item, attribute) : item;
            boolean holds = test.isEmpty() ? Values.truth(tested) : Tests.holds(scope, test, tested, others);
            if (holds == wanted) {
                kept.add(item);
            }
        }
        return kept;
    }

    private static Arguments rest(Arguments arguments, int from) {
        List<Object> positional = arguments.positional();
        return new Arguments(positional.subList(Math.min(from, positional.size()), positional.size()), new HashMap<>());
    }
}
