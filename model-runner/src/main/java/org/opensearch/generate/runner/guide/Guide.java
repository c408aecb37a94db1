// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A language that answers must be in, ready to be followed. Immutable; equal only to itself. */
public final class Guide {
    /** States of all rules of a language together. */
    static final int MOST_STATES = 200_000;

    private static final int MOST_CHOICES = 10_000;

    private final Rule rule;
    private final long bytes;
    private final boolean takesSpaceFirst;

    private Guide(Rule rule) {
        this.rule = rule;
        Set<Rule> all = reachable(rule);
        requireFinite(all);
        bytes = all.stream()
                .filter(each -> !each.isShared())
                .mapToLong(Rule::bytes)
                .sum();
        takesSpaceFirst = GuideState.start(rule).after((byte) ' ').isPresent();
    }

    /** Any JSON object. */
    public static Guide jsonObject() {
        return new Guide(JsonRules.OBJECT);
    }

    /**
     * JSON that a schema accepts.
     *
     * @param schema a map, or true; made of maps, lists, strings, numbers, booleans and nulls
     * @throws GuideException if it uses what is not kept, or costs too much; says where
     */
    public static Guide jsonSchema(Object schema) {
        return new Guide(JsonSchema.rule(schema));
    }

    /**
     * Texts that match a regular expression as a whole.
     *
     * @throws GuideException if it is no regular language, or too complex; says where
     */
    public static Guide regex(String expression) {
        return new Guide(Texts.plain("regular expression [" + expression + "]", Pattern.whole(expression)));
    }

    /**
     * One of some texts.
     *
     * @throws GuideException if there are none or too many, or one is empty
     */
    public static Guide choice(Collection<String> texts) {
        if (texts.isEmpty() || texts.size() > MOST_CHOICES || texts.contains("")) {
            throw new GuideException("a choice is among 1 to " + MOST_CHOICES + " texts, none of them empty");
        }
        return new Guide(Texts.oneOf("the choice", new LinkedHashSet<>(texts)));
    }

    /**
     * Free text whose quotations stand in one of the passages.
     *
     * @throws GuideException if the passages are too long together
     */
    public static Guide quotes(List<String> passages) {
        return new Guide(QuoteRule.of(passages));
    }

    /**
     * Before the first byte.
     *
     * @param strippedSpaces how many spaces a tokenizer leaves out where a text begins: the answer may have them before its text
     */
    public GuideState start(int strippedSpaces) {
        if (strippedSpaces == 0) {
            return GuideState.start(rule);
        }
        // A first space of the text itself would be left out too, so all those must stand before it.
        Rule spaced = new Rule("the answer");
        int at = spaced.addState(false);
        int end = spaced.addState(true);
        for (int i = 0; i < strippedSpaces; i++) {
            if (!takesSpaceFirst) {
                spaced.call(at, rule, end);
            }
            int next = spaced.addState(false);
            spaced.on(at, ' ', next);
            at = next;
        }
        spaced.call(at, rule, end);
        return GuideState.start(spaced);
    }

    /** Its memory in bytes, about. */
    public long bytes() {
        return bytes;
    }

    private static Set<Rule> reachable(Rule root) {
        Set<Rule> all = new LinkedHashSet<>(Set.of(root));
        Deque<Rule> open = new ArrayDeque<>(all);
        long states = 0;
        while (!open.isEmpty()) {
            Rule rule = open.poll();
            states += rule.states();
            for (int state = 0; state < rule.states(); state++) {
                for (Rule.Call call : rule.calls(state)) {
                    if (all.add(call.rule())) {
                        open.add(call.rule());
                    }
                }
            }
        }
        if (states > MOST_STATES) {
            throw new GuideException("the language needs " + states + " states, at most " + MOST_STATES
                    + " are allowed: simplify it, or repeat less");
        }
        return all;
    }

    /** Each rule must have a string of finite length, else a text that has entered it could never end. */
    private static void requireFinite(Set<Rule> rules) {
        Set<Rule> finite = new HashSet<>();
        int before = -1;
        while (finite.size() > before) {
            before = finite.size();
            for (Rule rule : rules) {
                if (!finite.contains(rule) && ends(rule, finite)) {
                    finite.add(rule);
                }
            }
        }
        for (Rule rule : rules) {
            if (!finite.contains(rule)) {
                throw new GuideException(rule + " allows no finite text: it always needs itself again");
            }
        }
    }

    private static boolean ends(Rule rule, Set<Rule> finite) {
        boolean[] ends = new boolean[rule.states()];
        boolean changed = true;
        while (changed && !ends[0]) {
            changed = false;
            for (int state = ends.length - 1; state >= 0; state--) {
                if (!ends[state] && ends(rule, state, ends, finite)) {
                    ends[state] = true;
                    changed = true;
                }
            }
        }
        return ends[0];
    }

    private static boolean ends(Rule rule, int state, boolean[] ends, Set<Rule> finite) {
        if (rule.accepts(state)) {
            return true;
        }
        for (int target : rule.targets(state)) {
            if (ends[target]) {
                return true;
            }
        }
        for (Rule.Call call : rule.calls(state)) {
            if (ends[call.target()] && finite.contains(call.rule())) {
                return true;
            }
        }
        return false;
    }
}
