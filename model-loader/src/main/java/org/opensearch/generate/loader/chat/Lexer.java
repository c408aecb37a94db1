// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with the white space rules that Hugging Face sets: {@code trim_blocks}, {@code lstrip_blocks}, and
 * no newline at the end.
 */
final class Lexer {
    private static final int MAX_TAG_TOKENS = 2000;
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "|", "=", "<", ">", "(", ")", "[", "]",
            "{", "}", ",", ".", ":");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");
    private static final Pattern NUMBER = Pattern.compile("[0-9][0-9_]*(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*-?%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%[-+]?\\s*endraw\\s*-?%\\}");

    /** What a token is. */
    enum Kind {
        TEXT,
        PRINT,
        BLOCK,
        /** The end of a {@link #PRINT} or {@link #BLOCK}. */
        CLOSE,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    /** A token and its line, from 1. */
    record Token(Kind kind, String text, int line) {
        boolean is(String operatorOrName) {
            return (kind == Kind.OPERATOR || kind == Kind.NAME) && text.equals(operatorOrName);
        }

        @Override
        public String toString() {
            return switch (kind) {
                case TEXT -> "text";
                case PRINT -> "{{";
                case BLOCK -> "{%";
                case CLOSE -> "the end of a tag";
                case STRING -> "a string";
                case END -> "the end";
                case NAME, INTEGER, FLOAT, OPERATOR -> text;
            };
        }
    }

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int lineAt;
    private int line = 1;
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** All tokens, the last of which is the end. */
    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            text(at, tag, tag < source.length() ? source.charAt(tag + 1) : ' ', tag + 2);
            at = tag;
            if (tag < source.length()) {
                tag();
            }
        }
        add(Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char c = source.charAt(i + 1);
            if (c == '{' || c == '%' || c == '#') {
                return i;
            }
        }
        return source.length();
    }

    /** Adds the text before a tag, less what the tag's own rules take from its end. */
    private void text(int from, int to, char tag, int sign) {
        int end = to;
        char control = sign < source.length() && to < source.length() ? source.charAt(sign) : ' ';
        if (control == '-') {
            while (end > from && Character.isWhitespace(source.charAt(end - 1))) {
                end--;
            }
        } else if ((tag == '%' || tag == '#') && control != '+') {
            int start = end;
            while (start > from
                    && Character.isWhitespace(source.charAt(start - 1))
                    && source.charAt(start - 1) != '\n') {
                start--;
            }
            if (start > from ? source.charAt(start - 1) == '\n' : lineStart) {
                end = start;
            }
        }
        if (end > from) {
            add(Kind.TEXT, source.substring(from, end));
        }
    }

    private void tag() {
        char kind = source.charAt(at + 1);
        if (kind == '#') {
            int end = source.indexOf("#}", at + 2);
            if (end < 0) {
                throw new TemplateException(lineNow(), "a comment has no end");
            }
            at = end;
            close(source.charAt(end - 1) == '-', true);
            return;
        }
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (raw.lookingAt()) {
            raw(raw.end(), source.charAt(raw.end() - 3) == '-');
            return;
        }
        add(kind == '%' ? Kind.BLOCK : Kind.PRINT, "");
        at += 2;
        if (at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+')) {
            at++;
        }
        inside(kind == '%' ? "%}" : "}}", kind == '%');
    }

    private void raw(int from, boolean stripLeft) {
        Matcher end = END_RAW.matcher(source);
        if (!end.find(from)) {
            throw new TemplateException(lineNow(), "raw has no endraw");
        }
        Text text = Text.trusted(source.substring(from, end.start()))
                .strip("", stripLeft, source.charAt(end.start() + 2) == '-');
        if (!text.isEmpty()) {
            add(Kind.TEXT, text.string());
        }
        at = end.end() - 2;
        close(source.charAt(at - 1) == '-', true);
    }

    private void inside(String end, boolean block) {
        int depth = 0;
        int first = tokens.size();
        while (true) {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                at++;
            }
            if (at >= source.length()) {
                throw new TemplateException(lineNow(), "a tag has no end, wanted " + end);
            }
            boolean strip = source.startsWith("-" + end, at);
            if (depth == 0 && (strip || source.startsWith(end, at) || source.startsWith("+" + end, at))) {
                add(Kind.CLOSE, "");
                boolean keep = source.charAt(at) == '+';
                at += strip || keep ? 1 : 0;
                close(strip, block && !keep);
                return;
            }
            depth += token();
            if (tokens.size() - first > MAX_TAG_TOKENS) {
                throw new TemplateException(lineNow(), "a tag has more than " + MAX_TAG_TOKENS + " parts");
            }
        }
    }

    /** Steps over the two characters that end a tag, and over the white space that goes with them. */
    private void close(boolean strip, boolean trimNewline) {
        at += 2;
        int start = at;
        if (strip) {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                at++;
            }
        } else if (trimNewline && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStart = at > start && source.charAt(at - 1) == '\n';
    }

    /** Adds one token; the answer is by how much it changes the nesting of brackets. */
    private int token() {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            string(c);
            return 0;
        }
        Matcher match = NAME.matcher(source).region(at, source.length());
        if (match.lookingAt()) {
            add(Kind.NAME, match.group());
            at = match.end();
            return 0;
        }
        match = NUMBER.matcher(source).region(at, source.length());
        if (match.lookingAt()) {
            boolean isFloat = match.group(1) != null || match.group(2) != null;
            add(isFloat ? Kind.FLOAT : Kind.INTEGER, match.group().replace("_", ""));
            at = match.end();
            return 0;
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                add(Kind.OPERATOR, operator);
                at += operator.length();
                return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
            }
        }
        throw new TemplateException(lineNow(), "wanted an expression, found the character U+" + Integer.toHexString(c));
    }

    private void string(char quote) {
        StringBuilder value = new StringBuilder();
        int i = at + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            char c = source.charAt(i++);
            if (c == '\\' && i < source.length()) {
                i = escape(i, value);
            } else {
                value.append(c);
            }
        }
        if (i >= source.length()) {
            throw new TemplateException(lineNow(), "a string has no end");
        }
        add(Kind.STRING, value.toString());
        at = i + 1;
    }

    private int escape(int at, StringBuilder value) {
        char c = source.charAt(at);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits > 0) {
            try {
                value.appendCodePoint(Integer.parseInt(source, at + 1, at + 1 + digits, 16));
                return at + 1 + digits;
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw new TemplateException(lineNow(), "a string has a wrong escape \\" + c);
            }
        }
        int plain = "nrtbfav0\n".indexOf(c);
        if (plain < 0) {
            value.append("\\'\"".indexOf(c) < 0 ? "\\" : "").append(c);
        } else if (c != '\n') {
            value.append("\n\r\t\b\f\u0007\u000b\0".charAt(plain));
        }
        return at + 1;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, lineNow()));
    }

    private int lineNow() {
        for (; lineAt < at && lineAt < source.length(); lineAt++) {
            if (source.charAt(lineAt) == '\n') {
                line++;
            }
        }
        return line;
    }
}
