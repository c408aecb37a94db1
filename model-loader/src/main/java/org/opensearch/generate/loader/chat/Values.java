// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Callable;
import org.opensearch.generate.loader.chat.Scope.Namespace;

/** What the template language's operators do to its values, as Python does. */
final class Values {
    private static final int MAX_NESTING = 100;

    private Values() {}

    static boolean truth(Object value) {
        return switch (kind(value)) {
            case "boolean" -> (Boolean) value;
            case "integer" -> (Long) value != 0;
            case "float" -> (Double) value != 0;
            case "string" -> !((Text) value).isEmpty();
            case "list" -> !((List<?>) value).isEmpty();
            case "mapping" -> !((Map<?, ?>) value).isEmpty();
            case "none", "undefined" -> false;
            default -> true;
        };
    }

    /** The kind of a value, as errors name it. */
    static String kind(Object value) {
        if (value instanceof Absent absent) {
            return absent == Absent.NONE ? "none" : "undefined";
        }
        if (value instanceof Boolean) {
            return "boolean";
        }
        if (value instanceof Long) {
            return "integer";
        }
        if (value instanceof Double) {
            return "float";
        }
        if (value instanceof List) {
            return "list";
        }
        if (value instanceof Map) {
            return "mapping";
        }
        return value instanceof Text ? "string" : "object";
    }

    static Text text(Object value) {
        if (value instanceof Text text) {
            return text;
        }
        throw wanted("a string", value);
    }

    static long integer(Object value) {
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw wanted("an integer", value);
    }

    static TemplateException wanted(String what, Object found) {
        return new TemplateException("wanted " + what + ", found " + kind(found));
    }

    /** What a loop goes over. */
    static List<?> items(Scope scope, Object value) {
        if (value instanceof List<?> list) {
            scope.work(list.size());
            return list;
        }
        if (value instanceof Map<?, ?> map) {
            return List.copyOf(map.keySet());
        }
        if (value == Absent.UNDEFINED) {
            return List.of();
        }
        if (value instanceof Text text) {
            scope.work(text.length());
            List<Text> characters = new ArrayList<>();
            int end;
            for (int at = 0; at < text.length(); at = end) {
                end = text.string().offsetByCodePoints(at, 1);
                characters.add(text.slice(at, end));
            }
            return characters;
        }
        throw wanted("something to loop over", value);
    }

    static boolean same(Object a, Object b) {
        return same(a, b, 0);
    }

    private static boolean same(Object a, Object b, int depth) {
        deeper(depth);
        if (isNumber(a) && isNumber(b)) {
            return (a instanceof Double || b instanceof Double) ? number(a) == number(b) : integer(a) == integer(b);
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            boolean equal = left.size() == right.size();
            for (int i = 0; equal && i < left.size(); i++) {
                equal = same(left.get(i), right.get(i), depth + 1);
            }
            return equal;
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            boolean equal = left.keySet().equals(right.keySet());
            for (Map.Entry<?, ?> entry : left.entrySet()) {
                equal = equal && same(entry.getValue(), index(right, entry.getKey()), depth + 1);
            }
            return equal;
        }
        return a.equals(b);
    }

    static int compare(Object a, Object b) {
        if (a instanceof Text left && b instanceof Text right) {
            return left.compareTo(right);
        }
        if (isNumber(a) && isNumber(b)) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(number(a), number(b))
                    : Long.compare(integer(a), integer(b));
        }
        throw new TemplateException("cannot order " + kind(a) + " and " + kind(b));
    }

    static boolean contains(Scope scope, Object container, Object item) {
        if (container instanceof Text text) {
            scope.chars(text.length());
            return text.string().contains(text(item).string());
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(plainKey(item));
        }
        for (Object element : items(scope, container)) {
            if (same(element, item)) {
                return true;
            }
        }
        return false;
    }

    static Object add(Scope scope, Object a, Object b) {
        if (a instanceof Text left && b instanceof Text right) {
            scope.chars((long) left.length() + right.length());
            return new Text.Builder().append(left).append(right).build();
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            scope.work((long) left.size() + right.size());
            List<Object> both = new ArrayList<>(left);
            both.addAll(right);
            return both;
        }
        return arithmetic(scope, "+", a, b);
    }

    /** {@code a operator b} for numbers, and the few meanings it has for strings. */
    static Object arithmetic(Scope scope, String operator, Object a, Object b) {
        if (operator.equals("*") && a instanceof Text text && b instanceof Long times) {
            long count = Math.max(0, times);
            scope.chars(Math.multiplyHigh(text.length(), count) == 0 ? text.length() * count : Long.MAX_VALUE);
            Text.Builder repeated = new Text.Builder();
            for (long i = 0; i < count; i++) {
                scope.step();
                repeated.append(text);
            }
            return repeated.build();
        }
        if (!isNumber(a) || !isNumber(b)) {
            throw new TemplateException("cannot do " + kind(a) + " " + operator + " " + kind(b));
        }
        if ((operator.equals("/") || operator.equals("//") || operator.equals("%")) && number(b) == 0) {
            throw new TemplateException("cannot divide by zero");
        }
        if (a instanceof Double || b instanceof Double || operator.equals("/") || operator.equals("**")) {
            return real(operator, number(a), number(b), !(a instanceof Double || b instanceof Double));
        }
        long left = integer(a);
        long right = integer(b);
        try {
            return switch (operator) {
                case "+" -> Math.addExact(left, right);
                case "-" -> Math.subtractExact(left, right);
                case "*" -> Math.multiplyExact(left, right);
                case "//" -> Math.floorDiv(left, right);
                default -> Math.floorMod(left, right);
            };
        } catch (ArithmeticException e) {
            throw new TemplateException("an integer does not fit 64 bits");
        }
    }

    private static Object real(String operator, double a, double b, boolean integers) {
        double result =
                switch (operator) {
                    case "+" -> a + b;
                    case "-" -> a - b;
                    case "*" -> a * b;
                    case "/" -> a / b;
                    case "//" -> Math.floor(a / b);
                    case "**" -> StrictMath.pow(a, b);
                    default -> a - b * Math.floor(a / b);
                };
        boolean whole = integers && operator.equals("**") && b >= 0;
        if (whole && Math.abs(result) > 1L << 53) {
            throw new TemplateException("an integer does not fit 53 bits");
        }
        return whole ? (Object) (long) result : (Object) result;
    }

    /** {@code value[key]}: an index from either end, or a member. */
    static Object index(Object value, Object key) {
        if (value instanceof Map<?, ?> map) {
            Object found = map.get(plainKey(key));
            return found == null ? Absent.UNDEFINED : found;
        }
        if (key instanceof Long at && (value instanceof List || value instanceof Text)) {
            int size = value instanceof List<?> list ? list.size() : codePoints((Text) value);
            long place = at < 0 ? at + size : at;
            if (place < 0 || place >= size) {
                return Absent.UNDEFINED;
            }
            return value instanceof List<?> list
                    ? list.get((int) place)
                    : cut((Text) value, (int) place, (int) place + 1);
        }
        if (value instanceof Namespace namespace && key instanceof Text name) {
            return namespace.members.getOrDefault(name.string(), Absent.UNDEFINED);
        }
        if (value == Absent.UNDEFINED) {
            throw new TemplateException("wanted something with members, found an undefined value");
        }
        return Absent.UNDEFINED;
    }

    /** A key of a mapping; lists and mappings cannot be one. */
    static Object plainKey(Object key) {
        if (key instanceof List || key instanceof Map) {
            throw wanted("a plain value as key", key);
        }
        return key;
    }

    /** {@code value[from:to:step]}; {@link Absent#NONE} for what is left out. */
    static Object slice(Scope scope, Object value, Object from, Object to, Object by) {
        if (!(value instanceof List || value instanceof Text)) {
            throw wanted("a list or string to slice", value);
        }
        int size = value instanceof List<?> list ? list.size() : codePoints((Text) value);
        scope.work(size);
        long step = by == Absent.NONE ? 1 : Math.clamp(integer(by), -(1L << 32), 1L << 32);
        if (step == 0) {
            throw new TemplateException("wanted a slice with a step other than 0");
        }
        long start = bound(from, size, step > 0 ? 0 : size - 1L, step);
        long end = bound(to, size, step > 0 ? size : -1, step);
        if (value instanceof Text text && step == 1) {
            return cut(text, (int) start, (int) Math.max(start, end));
        }
        List<?> items = items(scope, value);
        List<Object> kept = new ArrayList<>();
        for (long i = start; step > 0 ? i < end : i > end; i += step) {
            kept.add(items.get((int) i));
        }
        if (value instanceof List) {
            return kept;
        }
        Text.Builder text = new Text.Builder();
        kept.forEach(character -> text.append((Text) character));
        return text.build();
    }

    private static long bound(Object given, int size, long otherwise, long step) {
        if (given == Absent.NONE) {
            return otherwise;
        }
        long at = integer(given);
        long fromStart = at < 0 ? at + size : at;
        return step > 0 ? Math.clamp(fromStart, 0L, (long) size) : Math.clamp(fromStart, -1L, size - 1L);
    }

    private static int codePoints(Text text) {
        return text.string().codePointCount(0, text.length());
    }

    private static Text cut(Text text, int from, int to) {
        int start = text.string().offsetByCodePoints(0, from);
        return text.slice(start, text.string().offsetByCodePoints(start, to - from));
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double number(Object value) {
        return value instanceof Double real ? real : (double) integer(value);
    }

    /** How a value is printed. */
    static Text print(Scope scope, Object value) {
        if (value instanceof Text text) {
            return text;
        }
        Text.Builder out = new Text.Builder();
        write(scope, value, Style.PYTHON, -1, 0, out);
        return out.build();
    }

    /** How a value is written inside another. */
    enum Style {
        PYTHON,
        JSON
    }

    /** A value as JSON; {@code indent} below zero for one line. */
    static Text json(Scope scope, Object value, int indent) {
        Text.Builder out = new Text.Builder();
        write(scope, value, Style.JSON, indent, 0, out);
        return out.build();
    }

    private static void write(Scope scope, Object value, Style style, int indent, int depth, Text.Builder out) {
        scope.step();
        deeper(depth);
        boolean json = style == Style.JSON;
        if (value instanceof Text text) {
            scope.chars(text.length());
            out.append(quoted(text, style));
        } else if (value instanceof Boolean flag) {
            out.append(json ? (flag ? "true" : "false") : (flag ? "True" : "False"));
        } else if (value == Absent.NONE) {
            out.append(json ? "null" : "None");
        } else if (value == Absent.UNDEFINED && !json) {
            out.append("");
        } else if (value instanceof Long || value instanceof Double) {
            out.append(value.toString());
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object item : list) {
                newLine(separator, indent, depth + 1, out);
                write(scope, item, style, indent, depth + 1, out);
                separator = indent < 0 ? ", " : ",";
            }
            close(list.isEmpty(), "[", "]", indent, depth, out);
        } else if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                newLine(separator, indent, depth + 1, out);
                write(scope, entry.getKey(), style, indent, depth + 1, out);
                out.append(": ");
                write(scope, entry.getValue(), style, indent, depth + 1, out);
                separator = indent < 0 ? ", " : ",";
            }
            close(map.isEmpty(), "{", "}", indent, depth, out);
        } else if (value instanceof Callable || value instanceof Namespace || json) {
            throw wanted("a value that can be written", value);
        }
    }

    private static void newLine(String separator, int indent, int depth, Text.Builder out) {
        out.append(separator);
        if (indent >= 0) {
            out.append("\n").append(" ".repeat(indent * depth));
        }
    }

    private static void close(boolean empty, String open, String close, int indent, int depth, Text.Builder out) {
        if (empty) {
            out.append(open);
            out.append(close);
        } else {
            newLine("", indent, depth, out);
            out.append(close);
        }
    }

    private static Text quoted(Text text, Style style) {
        String quote = style == Style.JSON ? "\"" : text.string().contains("'") ? "\"" : "'";
        Text.Builder out = new Text.Builder().append(quote);
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.string().charAt(i);
            String escape =
                    switch (c) {
                        case '\\' -> "\\\\";
                        case '\n' -> "\\n";
                        case '\r' -> "\\r";
                        case '\t' -> "\\t";
                        case '\b' -> "\\b";
                        case '\f' -> "\\f";
                        default -> c == quote.charAt(0) ? "\\" + c : c < ' ' ? "\\u%04x".formatted((int) c) : "";
                    };
            if (!escape.isEmpty()) {
                out.append(text.slice(from, i)).append(text.slice(i, i + 1).as(escape));
                from = i + 1;
            }
        }
        return out.append(text.slice(from, text.length())).append(quote).build();
    }

    private static void deeper(int depth) {
        if (depth > MAX_NESTING) {
            throw new TemplateException("values are nested deeper than " + MAX_NESTING);
        }
    }
}
