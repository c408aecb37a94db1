// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.List;
import org.opensearch.generate.loader.chat.Lexer.Kind;
import org.opensearch.generate.loader.chat.Lexer.Token;

/** The tokens of a template and the place the parser has reached. */
final class Tokens {
    private final List<Token> tokens;
    private int at;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    /** The token after the next. */
    Token second() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Kind.END) {
            at++;
        }
        return token;
    }

    /** Takes the next token if it is that operator or name. */
    boolean take(String operatorOrName) {
        boolean is = peek().is(operatorOrName);
        if (is) {
            next();
        }
        return is;
    }

    void want(String operatorOrName) {
        if (!take(operatorOrName)) {
            throw wrong(operatorOrName);
        }
    }

    /** Takes the end of a tag. */
    void wantClose() {
        if (peek().kind() != Kind.CLOSE) {
            throw wrong("the end of a tag");
        }
        next();
    }

    String wantName() {
        if (peek().kind() != Kind.NAME) {
            throw wrong("a name");
        }
        return next().text();
    }

    /** The error for a next token that cannot be. */
    TemplateException wrong(String wanted) {
        return new TemplateException(peek().line(), "wanted " + wanted + ", found " + peek());
    }
}
