// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Arguments;

/** Methods of strings, lists and mappings, by their Python names; none changes its object. */
final class Methods {
    private Methods() {}

    /** The result of {@code receiver.name(arguments)}. */
    static Object call(Scope scope, Object receiver, String name, Arguments arguments) {
        if (receiver instanceof Text text) {
            scope.chars(text.length());
            return string(scope, text, name, arguments);
        }
        if (receiver instanceof Map<?, ?> map) {
            scope.work(map.size());
            return mapping(map, name, arguments);
        }
        if (receiver instanceof List<?> list && (name.equals("index") || name.equals("count"))) {
            scope.work(list.size());
            return list(list, name, arguments.get(0, "value"));
        }
        throw unknown(receiver, name);
    }

    private static TemplateException unknown(Object receiver, String name) {
        return new TemplateException("a value of kind " + Values.kind(receiver) + " has no method " + name);
    }

    private static Object string(Scope scope, Text text, String name, Arguments arguments) {
        String string = text.string();
        return switch (name) {
            case "strip" -> text.strip(set(arguments), true, true);
            case "lstrip" -> text.strip(set(arguments), true, false);
            case "rstrip" -> text.strip(set(arguments), false, true);
            case "startswith" -> anyOf(arguments.get(0, "prefix"), string::startsWith);
            case "endswith" -> anyOf(arguments.get(0, "suffix"), string::endsWith);
            case "removeprefix" -> {
                String prefix = Values.text(arguments.get(0, "prefix")).string();
                yield string.startsWith(prefix) ? text.slice(prefix.length(), text.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = Values.text(arguments.get(0, "suffix")).string();
                yield string.endsWith(suffix) ? text.slice(0, text.length() - suffix.length()) : text;
            }
            case "split" -> split(text, arguments);
            case "rsplit" -> rsplit(text, arguments);
            case "splitlines" -> lines(text);
            case "replace" -> {
                Text replacement = Values.text(arguments.get(1, "new"));
                yield replace(scope, text, Values.text(arguments.get(0, "old")).string(), replacement, arguments);
            }
            case "find" ->
                (long) string.indexOf(Values.text(arguments.get(0, "sub")).string());
            case "rfind" ->
                (long) string.lastIndexOf(Values.text(arguments.get(0, "sub")).string());
            case "count" ->
                text.split(nonEmpty(arguments.get(0, "sub")), Long.MAX_VALUE).size() - 1L;
            case "join" -> join(scope, text, Values.items(scope, arguments.get(0, "items")));
            case "upper" -> text.as(string.toUpperCase(Locale.ROOT));
            case "lower" -> text.as(string.toLowerCase(Locale.ROOT));
            case "capitalize" -> capitalize(text);
            case "title" -> title(text);
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" -> all(text, Character::isWhitespace);
            case "isupper" ->
                all(text, c -> !Character.isLowerCase(c)) && !string.equals(string.toLowerCase(Locale.ROOT));
            case "islower" ->
                all(text, c -> !Character.isUpperCase(c)) && !string.equals(string.toUpperCase(Locale.ROOT));
            default -> throw unknown(text, name);
        };
    }

    private static String set(Arguments arguments) {
        Object characters = arguments.get(0, "chars", Absent.NONE);
        return characters == Absent.NONE ? "" : Values.text(characters).string();
    }

    private static boolean anyOf(Object affixes, java.util.function.Predicate<String> has) {
        if (affixes instanceof List<?> several) {
            return several.stream()
                    .anyMatch(affix -> has.test(Values.text(affix).string()));
        }
        return has.test(Values.text(affixes).string());
    }

    private static boolean all(Text text, IntPredicate condition) {
        return !text.isEmpty() && text.string().codePoints().allMatch(condition);
    }

    private static String nonEmpty(Object separator) {
        String string = Values.text(separator).string();
        if (string.isEmpty()) {
            throw new TemplateException("wanted a separator, found an empty string");
        }
        return string;
    }

    private static long max(Arguments arguments, int place, String name) {
        long max = Values.integer(arguments.get(place, name, -1L));
        return max < 0 ? Long.MAX_VALUE : max;
    }

    private static List<Object> split(Text text, Arguments arguments) {
        Object separator = arguments.get(0, "sep", Absent.NONE);
        long max = max(arguments, 1, "maxsplit");
        return separator == Absent.NONE ? text.splitWords(max) : text.split(nonEmpty(separator), max);
    }

    private static List<Object> rsplit(Text text, Arguments arguments) {
        String separator = nonEmpty(arguments.get(0, "sep"));
        long max = max(arguments, 1, "maxsplit");
        List<Object> parts = new ArrayList<>();
        int end = text.length();
        for (int at = text.string().lastIndexOf(separator);
                at >= 0 && parts.size() < max;
                at = end < separator.length() ? -1 : text.string().lastIndexOf(separator, end - separator.length())) {
            parts.addFirst(text.slice(at + separator.length(), end));
            end = at;
        }
        parts.addFirst(text.slice(0, end));
        return parts;
    }

    private static List<Object> lines(Text text) {
        List<Object> lines = text.replace("\r\n", Text.trusted("\n"), Long.MAX_VALUE)
                .replace("\r", Text.trusted("\n"), Long.MAX_VALUE)
                .split("\n", Long.MAX_VALUE);
        if (((Text) lines.getLast()).isEmpty()) {
            lines.removeLast();
        }
        return lines;
    }

    /** Replaces occurrences; the work of making the result is counted before. */
    static Text replace(Scope scope, Text text, String old, Text replacement, Arguments arguments) {
        if (!old.isEmpty()) {
            scope.chars((long) text.length() / old.length() * replacement.length());
        }
        return text.replace(old, replacement, max(arguments, 2, "count"));
    }

    /** The items with {@code separator} between them. */
    static Text join(Scope scope, Text separator, List<?> items) {
        Text.Builder joined = new Text.Builder();
        for (int i = 0; i < items.size(); i++) {
            Text item = Values.print(scope, items.get(i));
            scope.chars((long) item.length() + separator.length());
            joined.append(i == 0 ? Text.EMPTY : separator).append(item);
        }
        return joined.build();
    }

    static Text capitalize(Text text) {
        String string = text.string().toLowerCase(Locale.ROOT);
        int first = string.isEmpty() ? 0 : string.offsetByCodePoints(0, 1);
        return text.as(string.substring(0, first).toUpperCase(Locale.ROOT) + string.substring(first));
    }

    static Text title(Text text) {
        StringBuilder titled = new StringBuilder();
        boolean inWord = false;
        for (int c : text.string().codePoints().toArray()) {
            titled.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return text.as(titled.toString());
    }

    private static Object mapping(Map<?, ?> map, String name, Arguments arguments) {
        return switch (name) {
            case "items" -> {
                List<Object> items = new ArrayList<>();
                map.forEach((key, value) -> items.add(List.of(key, value)));
                yield items;
            }
            case "keys" -> List.copyOf(map.keySet());
            case "values" -> List.copyOf(map.values());
            case "get" -> {
                Object value = map.get(Values.plainKey(arguments.get(0, "key")));
                yield value == null ? arguments.get(1, "default", Absent.NONE) : value;
            }
            default -> throw unknown(map, name);
        };
    }

    private static Object list(List<?> list, String name, Object value) {
        long count = 0;
        for (int i = 0; i < list.size(); i++) {
            if (Values.same(list.get(i), value)) {
                if (name.equals("index")) {
                    return (long) i;
                }
                count++;
            }
        }
        if (name.equals("index")) {
            throw new TemplateException("the list has no such item");
        }
        return count;
    }
}
