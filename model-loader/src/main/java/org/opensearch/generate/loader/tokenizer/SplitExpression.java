// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

/**
 * Tells whether a regular expression of a {@code tokenizer.json} stays within the library's limit of steps on any text.
 *
 * <p>The library's engine backtracks, gives up after ten million steps inside one match, and then ends the process. So an
 * expression must be of the kind that splits words: in each of its alternatives at most two repetitions without end, nothing
 * that must match after the second, few optional parts, and no repetition of a repetition. Such an alternative takes a small
 * number of steps for each character, and {@link #MAX_TEXT_CHARS} bounds the characters.
 */
final class SplitExpression {
    /** How long a text may be that is split by expressions which passed. */
    static final int MAX_TEXT_CHARS = 400_000;

    private static final int MAX_CHARS = 4096;
    private static final int MAX_ENDLESS = 2;
    private static final int MAX_CHOICES = 4;
    private static final int MAX_ENDLESS_IN_ALL = 16;
    private static final int LARGEST_COUNT = 16;
    private static final int MAX_DEPTH = 8;

    private final String expression;
    private int at;
    private int depth;
    private int endlessInAll;

    private SplitExpression(String expression) {
        this.expression = expression;
    }

    /** What a part may repeat: how often without end, and how often at all. */
    private record Repeats(int endless, int choices) {}

    /** Throws {@link IllegalArgumentException} that says what is wrong with an expression. */
    static void check(String expression) {
        if (expression.length() > MAX_CHARS) {
            throw refuse("more than " + MAX_CHARS + " characters");
        }
        SplitExpression parser = new SplitExpression(expression);
        parser.alternatives();
        if (parser.at < expression.length()) {
            throw refuse("a parenthesis that nothing opens");
        }
    }

    private static IllegalArgumentException refuse(String found) {
        return new IllegalArgumentException(
                "wanted a splitting expression that takes few steps for a character, found " + found);
    }

    private Repeats alternatives() {
        if (++depth > MAX_DEPTH) {
            throw refuse("parentheses deeper than " + MAX_DEPTH);
        }
        int endless = 0;
        int choices = 0;
        while (true) {
            Repeats one = alternative();
            endless = Math.max(endless, one.endless);
            choices = Math.max(choices, one.choices);
            if (at == expression.length() || expression.charAt(at) != '|') {
                depth--;
                return new Repeats(endless, choices);
            }
            at++;
        }
    }

    private Repeats alternative() {
        int endless = 0;
        int choices = 0;
        while (at < expression.length() && expression.charAt(at) != '|' && expression.charAt(at) != ')') {
            int before = endless;
            Repeats part = part();
            int start = at;
            boolean repeated = quantifier();
            boolean isEndless = repeated && (expression.charAt(start) != '?' && endless(start));
            boolean optional = repeated && "?*".indexOf(expression.charAt(start)) >= 0;
            if (repeated && expression.charAt(start) != '?' && part.choices > 0) {
                throw refuse("a repetition of a repetition");
            }
            endless += part.endless + (isEndless ? 1 : 0);
            choices += part.choices + (repeated && !fixed(start) ? 1 : 0);
            endlessInAll += isEndless ? 1 : 0;
            if (before >= MAX_ENDLESS && !optional) {
                throw refuse("something after " + MAX_ENDLESS + " repetitions without end");
            }
            if (endless > MAX_ENDLESS || choices > MAX_CHOICES || endlessInAll > MAX_ENDLESS_IN_ALL) {
                throw refuse("more than " + MAX_ENDLESS + " repetitions without end, or " + MAX_CHOICES
                        + " of any kind, in one alternative");
            }
        }
        return new Repeats(endless, choices);
    }

    /** Steps over a character, a class or a group. */
    private Repeats part() {
        char c = expression.charAt(at++);
        if (c == '(') {
            return group();
        }
        if (c == '[') {
            characterClass();
        } else if (c == '\\') {
            escape();
        } else if (c == '*' || c == '+' || c == '?') {
            throw refuse("a repetition of nothing");
        }
        return new Repeats(0, 0);
    }

    private Repeats group() {
        if (expression.startsWith("?", at)) {
            at++;
            while (at < expression.length() && "imsx-<=!>:".indexOf(expression.charAt(at)) >= 0) {
                char c = expression.charAt(at++);
                if (c == ':' || c == '=' || c == '!' || c == '>') {
                    break;
                }
            }
        }
        Repeats inside = alternatives();
        if (at == expression.length()) {
            throw refuse("a parenthesis that nothing closes");
        }
        at++;
        return inside;
    }

    private void characterClass() {
        int open = 1;
        at += expression.startsWith("^", at) ? 1 : 0;
        at += expression.startsWith("]", at) ? 1 : 0;
        while (open > 0) {
            if (at >= expression.length()) {
                throw refuse("a character class that nothing closes");
            }
            char c = expression.charAt(at++);
            if (c == '\\') {
                escape();
            }
            open += c == '[' ? 1 : c == ']' ? -1 : 0;
        }
    }

    private void escape() {
        if (at == expression.length()) {
            throw refuse("an escape of nothing");
        }
        char c = expression.charAt(at++);
        if ((c >= '1' && c <= '9') || c == 'k' || c == 'g' || c == 'K') {
            throw refuse("a reference to another part");
        }
        if ((c == 'p' || c == 'P' || c == 'x') && expression.startsWith("{", at)) {
            int end = expression.indexOf('}', at);
            at = end < 0 ? expression.length() : end + 1;
        }
    }

    /** Steps over what says how often the part before it may come; whether there is such a thing. */
    private boolean quantifier() {
        if (at == expression.length()) {
            return false;
        }
        char c = expression.charAt(at);
        if (c == '{') {
            int end = expression.indexOf('}', at);
            if (end < 0 || !expression.substring(at + 1, end).matches("[0-9]{0,4}(,[0-9]{0,4})?")) {
                return false;
            }
            at = end + 1;
        } else if (c == '?' || c == '*' || c == '+') {
            at++;
        } else {
            return false;
        }
        while (at < expression.length() && "?+".indexOf(expression.charAt(at)) >= 0) {
            at++;
        }
        return true;
    }

    /** Whether the quantifier that begins there is one small number. */
    private boolean fixed(int start) {
        return expression.charAt(start) == '{'
                && expression.substring(start, expression.indexOf('}', start)).indexOf(',') < 0
                && !endless(start);
    }

    /** Whether the quantifier that begins there has no end, or one that is far off. */
    private boolean endless(int start) {
        if (expression.charAt(start) != '{') {
            return true;
        }
        String counts = expression.substring(start + 1, expression.indexOf('}', start));
        String most = counts.substring(counts.indexOf(',') + 1);
        return most.isEmpty() || Integer.parseInt(most) > LARGEST_COUNT;
    }
}
