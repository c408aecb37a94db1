// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Free text in which only what stands in given passages may be put between quotation marks.
 *
 * <h2>Idea</h2>
 * Inside quotation marks the states are those of the suffix automaton of the passages' bytes: a path of bytes exists there just if
 * the bytes stand in a passage, so every quotation does. It begins and ends between characters, is not empty, and holds no
 * quotation mark, as that would end it. Both {@code "…"} and {@code “…”} are quotations.
 *
 * <h2>Sources</h2>
 * Blumer et al., The smallest automaton recognizing the subwords of a text, Theoretical Computer Science 40 (1985).
 */
public final class QuoteRule {
    private static final int NONE = -1;
    private static final byte[] OPEN = "\u201C".getBytes(StandardCharsets.UTF_8);
    private static final byte[] CLOSE = "\u201D".getBytes(StandardCharsets.UTF_8);
    private static final List<int[]> MARKS = CodePoints.of('"', '"', 0x201C, 0x201D);

    /** Of each state the states after each byte, the state of its longest proper suffix that goes on elsewhere, its length. */
    private int[][] next = new int[64][];

    private int[] link = new int[64];
    private int[] length = new int[64];
    /** Whether the strings of a state end where a character ends. */
    private boolean[] whole = new boolean[64];

    private int states;

    private QuoteRule() {
        add(0);
        link[0] = NONE;
    }

    /**
     * The rule of texts whose quotations stand in one of the passages.
     *
     * @throws GuideException if the passages are too long together
     */
    public static Rule of(List<String> passages) {
        QuoteRule automaton = new QuoteRule();
        for (String passage : passages) {
            for (String part : passage.split("[\"\u201C\u201D]", -1)) {
                automaton.add(part);
            }
        }
        return automaton.rule();
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int last = 0;
        for (int i = 0; i < bytes.length; i++) {
            boolean ends = i + 1 == bytes.length || (bytes[i + 1] & 0xC0) != 0x80;
            last = extend(last, bytes[i] & 0xFF, ends);
        }
    }

    /** The state of the text that ended in {@code last}, with one byte more. */
    private int extend(int last, int b, boolean ends) {
        int known = target(last, b);
        if (known >= 0 && length[known] == length[last] + 1) {
            return known;
        }
        int split = known >= 0 ? copy(known, length[last] + 1) : NONE;
        if (split >= 0) {
            redirect(last, b, known, split);
            return split;
        }
        int fresh = add(length[last] + 1);
        whole[fresh] = ends;
        int at = last;
        while (at >= 0 && target(at, b) < 0) {
            lead(at, b, fresh);
            at = link[at];
        }
        if (at < 0) {
            link[fresh] = 0;
        } else {
            int target = target(at, b);
            if (length[target] == length[at] + 1) {
                link[fresh] = target;
            } else {
                int copy = copy(target, length[at] + 1);
                link[fresh] = copy;
                redirect(at, b, target, copy);
            }
        }
        return fresh;
    }

    private int copy(int state, int newLength) {
        int copy = add(newLength);
        next[copy] = next[state].clone();
        link[copy] = link[state];
        whole[copy] = whole[state];
        link[state] = copy;
        return copy;
    }

    private void redirect(int from, int b, int old, int target) {
        int at = from;
        while (at >= 0 && target(at, b) == old) {
            lead(at, b, target);
            at = link[at];
        }
    }

    private int add(int ofLength) {
        if (states == next.length) {
            next = Arrays.copyOf(next, 2 * states);
            link = Arrays.copyOf(link, 2 * states);
            length = Arrays.copyOf(length, 2 * states);
            whole = Arrays.copyOf(whole, 2 * states);
        }
        if (states == Texts.MOST_STATES) {
            throw new GuideException(
                    "the passages are too long to quote from: more than " + Texts.MOST_STATES + " states");
        }
        next[states] = new int[0];
        length[states] = ofLength;
        return states++;
    }

    private int target(int state, int b) {
        int[] of = next[state];
        for (int i = 0; i < of.length; i += 2) {
            if (of[i] == b) {
                return of[i + 1];
            }
        }
        return NONE;
    }

    private void lead(int state, int b, int target) {
        int[] of = next[state];
        for (int i = 0; i < of.length; i += 2) {
            if (of[i] == b) {
                of[i + 1] = target;
                return;
            }
        }
        next[state] = Arrays.copyOf(of, of.length + 2);
        next[state][of.length] = b;
        next[state][of.length + 1] = target;
    }

    private Rule rule() {
        Rule quotable = quotable();
        Rule free = Texts.plain("text without quotation marks", CodePoints.automaton(CodePoints.not(MARKS)));
        Rule text = new Rule("text with quotations");
        int outside = text.addState(true);
        text.call(outside, free, outside);
        if (states > 1) {
            int straight = text.addState(false);
            int afterStraight = text.addState(false);
            text.on(outside, '"', straight);
            text.call(straight, quotable, afterStraight);
            text.on(afterStraight, '"', outside);
            int curly = text.literal(outside, OPEN);
            int afterCurly = text.addState(false);
            text.call(curly, quotable, afterCurly);
            text.literal(afterCurly, CLOSE, outside);
        }
        return text;
    }

    private Rule quotable() {
        Rule rule = new Rule("what the passages say");
        for (int state = 0; state < states; state++) {
            rule.addState(whole[state]);
        }
        for (int state = 0; state < states; state++) {
            for (int i = 0; i < next[state].length; i += 2) {
                int b = next[state][i];
                if (state > 0 || (b & 0xC0) != 0x80) {
                    rule.on(state, b, b, next[state][i + 1]);
                }
            }
        }
        return rule;
    }
}
