// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.List;
import org.apache.lucene.util.automaton.Automaton;
import org.jspecify.annotations.Nullable;

/**
 * The parts of JSON (RFC 8259) that every schema is made of. White space is little: what models write, and never without end.
 * Numbers have at most 15 digits before the point and behind it, so that a double tells them apart.
 */
final class JsonRules {
    /** Digits that a number may have before the point, and behind it. */
    static final int MOST_DIGITS = 15;

    /** Between the signs of objects and arrays: nothing, a space, or a new line and its indent. */
    static final Rule SPACE = shared("white space", " ?|\\n {0,24}");

    static final String INTEGER_PATTERN = "-?(0|[1-9][0-9]{0," + (MOST_DIGITS - 1) + "})";
    static final String FRACTION_PATTERN = "(\\.[0-9]{1," + MOST_DIGITS + "})?";
    static final Rule INTEGER = shared("an integer", INTEGER_PATTERN);
    static final Rule NUMBER = shared("a number", INTEGER_PATTERN + FRACTION_PATTERN + "([eE][-+]?[0-9]{1,2})?");
    static final Rule BOOLEAN = shared("true or false", "true|false");
    static final Rule NULL = shared("null", "null");

    private static final String HEX = "[0-9A-Fa-f]";
    private static final String CHARACTER = "([^\"\\\\\\u0000-\\u001F]|\\\\([\"\\\\/bfnrt]|u([0-9A-Ca-cE-Fe-f]" + HEX
            + "{3}|[Dd][0-7]" + HEX + "{2})))";
    static final Rule STRING = shared("a string", "\"" + CHARACTER + "*\"");

    /** Any value; objects and arrays in it too. */
    static final Rule VALUE = new Rule("a value").share();

    /** Any object. */
    static final Rule OBJECT =
            object("an object", List.of(), member(STRING, VALUE).share()).share();

    /** Any array. */
    static final Rule ARRAY =
            array("an array", List.of(), VALUE, 0, Integer.MAX_VALUE).share();

    static {
        define(VALUE, List.of(STRING, NUMBER, OBJECT, ARRAY, BOOLEAN, NULL));
    }

    private JsonRules() {}

    /** A string of so many characters; {@code most} may be {@link Integer#MAX_VALUE} for any number. */
    static Rule string(String name, int least, int most) {
        Automaton character = Texts.bytes("a character", Texts.determinized("a character", Pattern.whole(CHARACTER)));
        if ((long) character.getNumStates() * (most == Integer.MAX_VALUE ? least : most) > Guide.MOST_STATES) {
            throw JsonSchema.error(
                    name, "[minLength] or [maxLength] is too large: more than " + Guide.MOST_STATES + " states");
        }
        return Rule.repeated(name, '"', character, least, most, '"');
    }

    /** A member of an object that may stand or must. */
    record Member(Rule rule, boolean required) {}

    /** Fills a rule: a string of one of the others. */
    static void define(Rule rule, List<Rule> ways) {
        rule.addState(false);
        int end = rule.addState(true);
        for (Rule way : ways) {
            rule.call(0, way, end);
        }
    }

    /** A key, a colon, a value. */
    static Rule member(Rule key, Rule value) {
        Rule rule = new Rule("a member");
        int start = rule.addState(false);
        int colon = rule.addState(false);
        int space = rule.addState(false);
        int before = rule.addState(false);
        rule.call(start, key, colon);
        rule.on(colon, ':', space);
        rule.call(space, SPACE, before);
        rule.call(before, value, rule.addState(true));
        return rule;
    }

    /**
     * An object: its members in their order, then others.
     *
     * @param others what else may stand at the end, any number of it; null for nothing
     */
    static Rule object(String name, List<Member> members, @Nullable Rule others) {
        Rule rule = new Rule(name);
        int start = rule.addState(false);
        int opened = rule.addState(false);
        int first = rule.addState(false);
        int last = rule.addState(false);
        int end = rule.addState(true);
        rule.on(start, '{', opened);
        rule.call(opened, SPACE, first);
        rule.on(last, '}', end);
        int[] after = new int[members.size() + 1];
        for (int i = 0; i < after.length; i++) {
            after[i] = rule.addState(false);
        }
        int[] next = choices(rule, members, others, after);
        rule.call(first, Rule.EMPTY, next[0]);
        int lastRequired = -1;
        for (int i = 0; i < members.size(); i++) {
            lastRequired = members.get(i).required() ? i : lastRequired;
        }
        if (lastRequired < 0) {
            rule.on(first, '}', end);
        }
        for (int i = 0; i < after.length; i++) {
            if (i < members.size() || others != null) {
                int comma = rule.addState(false);
                rule.on(after[i], ',', comma);
                rule.call(comma, SPACE, next[i]);
            }
            if (i > lastRequired) {
                rule.call(after[i], SPACE, last);
            }
        }
        return rule;
    }

    /** For each member a state in which it may come next, or one after it as far as those between are not required. */
    private static int[] choices(Rule rule, List<Member> members, @Nullable Rule others, int[] after) {
        int[] next = new int[members.size() + 1];
        for (int i = 0; i < next.length; i++) {
            next[i] = rule.addState(false);
        }
        for (int i = 0; i < members.size(); i++) {
            rule.call(next[i], members.get(i).rule(), after[i + 1]);
            if (!members.get(i).required() && (i + 1 < members.size() || others != null)) {
                rule.call(next[i], Rule.EMPTY, next[i + 1]);
            }
        }
        if (others != null) {
            rule.call(next[members.size()], others, after[members.size()]);
        }
        return next;
    }

    /**
     * An array.
     *
     * @param first what its first items are
     * @param others what the further ones are; null if there are none
     * @param least fewest items
     * @param most most items; {@link Integer#MAX_VALUE} for any number
     */
    static Rule array(String name, List<Rule> first, @Nullable Rule others, int least, int most) {
        int limit = others == null ? Math.min(most, first.size()) : most;
        Rule rule = new Rule(name);
        int start = rule.addState(false);
        int opened = rule.addState(false);
        int begun = rule.addState(false);
        int last = rule.addState(false);
        int end = rule.addState(true);
        rule.on(start, '[', opened);
        rule.call(opened, SPACE, begun);
        rule.on(last, ']', end);
        if (least == 0) {
            rule.on(begun, ']', end);
        }
        int counted = limit == Integer.MAX_VALUE ? Math.max(Math.max(first.size(), least), 1) : limit;
        int[] after = new int[counted + 1];
        for (int i = 1; i <= counted; i++) {
            after[i] = rule.addState(false);
        }
        for (int i = 0; i <= counted; i++) {
            if (i < limit) {
                int next = i == 0 ? begun : rule.addState(false);
                if (i > 0) {
                    int comma = rule.addState(false);
                    rule.on(after[i], ',', comma);
                    rule.call(comma, SPACE, next);
                }
                Rule item = i < first.size() ? first.get(i) : others;
                if (item != null) {
                    rule.call(next, item, after[Math.min(i + 1, counted)]);
                }
            }
            if (i > 0 && i >= least) {
                rule.call(after[i], SPACE, last);
            }
        }
        return rule;
    }

    private static Rule shared(String name, String pattern) {
        return Texts.plain(name, Pattern.whole(pattern)).share();
    }
}
