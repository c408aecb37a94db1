// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Numbers between bounds, digit by digit. */
final class JsonNumbers {
    private static final BigInteger LARGEST =
            BigInteger.TEN.pow(JsonRules.MOST_DIGITS).subtract(BigInteger.ONE);

    private JsonNumbers() {}

    /** The rule of {@code {"type": "integer"}} with its bounds. */
    static Rule integer(Map<String, Object> schema, String path) {
        BigDecimal least = bound(schema, "minimum", path);
        BigDecimal above = bound(schema, "exclusiveMinimum", path);
        BigDecimal most = bound(schema, "maximum", path);
        BigDecimal below = bound(schema, "exclusiveMaximum", path);
        if (least == null && above == null && most == null && below == null) {
            return JsonRules.INTEGER;
        }
        BigInteger from = LARGEST.negate();
        BigInteger to = LARGEST;
        if (least != null) {
            from = from.max(least.setScale(0, RoundingMode.CEILING).toBigInteger());
        }
        if (above != null) {
            from = from.max(above.setScale(0, RoundingMode.FLOOR).toBigInteger().add(BigInteger.ONE));
        }
        if (most != null) {
            to = to.min(most.setScale(0, RoundingMode.FLOOR).toBigInteger());
        }
        if (below != null) {
            to = to.min(below.setScale(0, RoundingMode.CEILING).toBigInteger().subtract(BigInteger.ONE));
        }
        if (from.compareTo(to) > 0) {
            throw JsonSchema.error(path, "no integer lies between its bounds");
        }
        return rule(path, String.join("|", integers(from, to)));
    }

    /** The rule of {@code {"type": "number"}} with its bounds, which are whole and inclusive. */
    static Rule number(Map<String, Object> schema, String path) {
        for (String keyword : List.of("exclusiveMinimum", "exclusiveMaximum")) {
            if (schema.containsKey(keyword)) {
                throw JsonSchema.error(path, "[" + keyword + "] is supported for integers only");
            }
        }
        BigInteger least = whole(schema, "minimum", path);
        BigInteger most = whole(schema, "maximum", path);
        if (least == null && most == null) {
            return JsonRules.NUMBER;
        }
        BigInteger from = least == null ? LARGEST.negate() : least.max(LARGEST.negate());
        BigInteger to = most == null ? LARGEST : most.min(LARGEST);
        if (from.compareTo(to) > 0) {
            throw JsonSchema.error(path, "no number lies between its bounds");
        }
        List<String> ways = new ArrayList<>();
        sizes(from.max(BigInteger.ZERO), to, "", ways);
        sizes(to.negate().max(BigInteger.ZERO), from.negate(), "-", ways);
        return rule(path, String.join("|", ways));
    }

    /** Numbers of a sign whose size lies between two bounds of 0 or more. */
    private static void sizes(BigInteger from, BigInteger to, String sign, List<String> ways) {
        if (to.signum() < 0 || from.compareTo(to) > 0) {
            return;
        }
        ways.add(sign + to + "(\\.0{1," + JsonRules.MOST_DIGITS + "})?");
        if (from.compareTo(to) < 0) {
            ways.add(sign + "(" + between(from, to.subtract(BigInteger.ONE)) + ")" + JsonRules.FRACTION_PATTERN);
        }
    }

    private static List<String> integers(BigInteger from, BigInteger to) {
        List<String> ways = new ArrayList<>();
        if (to.signum() >= 0) {
            ways.add(between(from.max(BigInteger.ZERO), to));
        }
        if (from.signum() < 0) {
            ways.add("-(" + between(to.negate().max(BigInteger.ONE), from.negate()) + ")");
        }
        return ways;
    }

    /** The decimal numbers from one to another, both 0 or more, without leading zeros. */
    private static String between(BigInteger from, BigInteger to) {
        List<String> ways = new ArrayList<>();
        for (int digits = from.toString().length(); digits <= to.toString().length(); digits++) {
            BigInteger smallest = digits == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(digits - 1);
            BigInteger largest = BigInteger.TEN.pow(digits).subtract(BigInteger.ONE);
            ways.add(sameLength(from.max(smallest).toString(), to.min(largest).toString()));
        }
        return String.join("|", ways);
    }

    private static String sameLength(String from, String to) {
        if (from.isEmpty()) {
            return "";
        }
        char low = from.charAt(0);
        char high = to.charAt(0);
        String fromRest = from.substring(1);
        String toRest = to.substring(1);
        if (low == high) {
            return low + sameLength(fromRest, toRest);
        }
        String zeros = "0".repeat(fromRest.length());
        String nines = "9".repeat(fromRest.length());
        List<String> ways = new ArrayList<>();
        boolean allAbove = fromRest.equals(zeros);
        boolean allBelow = toRest.equals(nines);
        if (!allAbove) {
            ways.add(low + sameLength(fromRest, nines));
        }
        char first = allAbove ? low : (char) (low + 1);
        char last = allBelow ? high : (char) (high - 1);
        if (first <= last) {
            ways.add("[" + first + "-" + last + "]" + (zeros.isEmpty() ? "" : "[0-9]{" + zeros.length() + "}"));
        }
        if (!allBelow) {
            ways.add(high + sameLength(zeros, toRest));
        }
        return "(" + String.join("|", ways) + ")";
    }

    private static @Nullable BigDecimal bound(Map<String, Object> schema, String keyword, String path) {
        return schema.containsKey(keyword) ? Json.number(schema, keyword, path) : null;
    }

    private static @Nullable BigInteger whole(Map<String, Object> schema, String keyword, String path) {
        BigDecimal value = bound(schema, keyword, path);
        if (value == null) {
            return null;
        }
        if (value.stripTrailingZeros().scale() > 0) {
            throw JsonSchema.error(path, "[" + keyword + "] of a number must be whole, found " + value);
        }
        return value.toBigInteger();
    }

    private static Rule rule(String path, String pattern) {
        return Texts.plain(path, Pattern.whole(pattern));
    }
}
