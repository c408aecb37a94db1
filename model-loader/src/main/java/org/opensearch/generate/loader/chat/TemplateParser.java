// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.generate.loader.chat.ExpressionParser.Expression;
import org.opensearch.generate.loader.chat.Lexer.Kind;
import org.opensearch.generate.loader.chat.Lexer.Token;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Callable;
import org.opensearch.generate.loader.chat.Scope.Namespace;

/** Statements of the template language: {@code if}, {@code for}, {@code set}, {@code macro} and what stands between. */
final class TemplateParser {
    private static final int MAX_DEPTH = 40;
    private static final int WORK_PER_TURN = 10;
    private static final Set<String> STATEMENTS =
            Set.of("break", "continue", "for", "generation", "if", "macro", "set");

    private final Tokens tokens;
    private final ExpressionParser expressions;
    private int depth;

    private TemplateParser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    /** How a statement ends. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    /** A statement, ready to be run. */
    @FunctionalInterface
    interface Statement {
        /** Runs it; what it prints goes to {@code out}. */
        Flow run(Scope scope, Text.Builder out);
    }

    /** A name, or several, that values are given to. */
    private record Target(List<String> names) {
        void assign(Scope scope, Object value) {
            if (names.size() == 1) {
                scope.set(names.getFirst(), value);
                return;
            }
            List<?> parts = Values.items(scope, value);
            if (parts.size() != names.size()) {
                throw new TemplateException("wanted " + names.size() + " values, found " + parts.size());
            }
            for (int i = 0; i < parts.size(); i++) {
                scope.set(names.get(i), parts.get(i));
            }
        }
    }

    /** The whole template as one statement. */
    static Statement parse(String template) {
        TemplateParser parser = new TemplateParser(new Tokens(Lexer.tokens(template)));
        Statement whole = parser.block(Set.of());
        if (parser.tokens.peek().kind() != Kind.END) {
            throw parser.tokens.wrong("the end");
        }
        return whole;
    }

    /** Statements up to a tag of one of these names, which is not taken. */
    private Statement block(Set<String> ends) {
        if (++depth > MAX_DEPTH) {
            throw new TemplateException(tokens.peek().line(), "blocks are nested deeper than " + MAX_DEPTH);
        }
        List<Statement> statements = new ArrayList<>();
        while (tokens.peek().kind() != Kind.END
                && !(tokens.peek().kind() == Kind.BLOCK
                        && ends.contains(tokens.second().text()))) {
            int line = tokens.peek().line();
            statements.add(located(line, statement()));
        }
        depth--;
        if (statements.size() == 1) {
            return statements.getFirst();
        }
        return (scope, out) -> {
            for (Statement statement : statements) {
                Flow flow = statement.run(scope, out);
                if (flow != Flow.NEXT) {
                    return flow;
                }
            }
            return Flow.NEXT;
        };
    }

    private static Statement located(int line, Statement statement) {
        return (scope, out) -> {
            try {
                scope.step();
                return statement.run(scope, out);
            } catch (TemplateException e) {
                throw e.at(line);
            }
        };
    }

    private Statement statement() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case TEXT -> {
                Text text = Text.trusted(token.text());
                yield (scope, out) -> print(scope, text, out);
            }
            case PRINT -> {
                Expression value = expressions.tuple();
                tokens.wantClose();
                yield (scope, out) -> print(scope, Values.print(scope, value.eval(scope)), out);
            }
            default -> tag();
        };
    }

    private static Flow print(Scope scope, Text text, Text.Builder out) {
        scope.chars(text.length());
        out.append(text);
        return Flow.NEXT;
    }

    private Statement tag() {
        Token token = tokens.peek();
        String name = tokens.wantName();
        return switch (name) {
            case "if" -> conditional();
            case "for" -> loop();
            case "set" -> assignment();
            case "macro" -> macro();
            case "generation" -> {
                tokens.wantClose();
                yield until("endgeneration");
            }
            case "break" -> {
                tokens.wantClose();
                yield (scope, out) -> Flow.BREAK;
            }
            case "continue" -> {
                tokens.wantClose();
                yield (scope, out) -> Flow.CONTINUE;
            }
            default ->
                throw new TemplateException(token.line(), "wanted a statement of " + STATEMENTS + ", found " + token);
        };
    }

    /** Statements up to a closing tag of that name, and the tag. */
    private Statement until(String end) {
        Statement body = block(Set.of(end));
        closing(end);
        return body;
    }

    private void closing(String end) {
        if (tokens.peek().kind() != Kind.BLOCK) {
            throw tokens.wrong("{% " + end + " %}");
        }
        tokens.next();
        tokens.want(end);
        tokens.wantClose();
    }

    private Statement conditional() {
        List<Expression> conditions = new ArrayList<>();
        List<Statement> bodies = new ArrayList<>();
        Set<String> ends = Set.of("elif", "else", "endif");
        conditions.add(expressions.tuple());
        tokens.wantClose();
        bodies.add(block(ends));
        while (tokens.peek().kind() == Kind.BLOCK && tokens.second().is("elif")) {
            tokens.next();
            tokens.next();
            conditions.add(expressions.tuple());
            tokens.wantClose();
            bodies.add(block(ends));
        }
        Statement otherwise = otherwise("endif");
        closing("endif");
        return (scope, out) -> {
            for (int i = 0; i < conditions.size(); i++) {
                if (Values.truth(conditions.get(i).eval(scope))) {
                    return bodies.get(i).run(scope, out);
                }
            }
            return otherwise.run(scope, out);
        };
    }

    /** The body of an {@code else}; one that does nothing where there is none. */
    private Statement otherwise(String end) {
        if (tokens.peek().kind() != Kind.BLOCK || !tokens.second().is("else")) {
            return (scope, out) -> Flow.NEXT;
        }
        tokens.next();
        tokens.next();
        tokens.wantClose();
        return block(Set.of(end));
    }

    private Target target() {
        List<String> names = new ArrayList<>();
        boolean inParentheses = tokens.take("(");
        do {
            names.add(tokens.wantName());
        } while (tokens.take(","));
        if (inParentheses) {
            tokens.want(")");
        }
        return new Target(names);
    }

    private Statement loop() {
        Target target = target();
        tokens.want("in");
        Expression items = expressions.or();
        Expression condition = tokens.take("if") ? expressions.expression() : scope -> true;
        tokens.wantClose();
        Statement body = block(Set.of("else", "endfor"));
        Statement otherwise = otherwise("endfor");
        closing("endfor");
        return (scope, out) -> {
            List<Object> chosen = new ArrayList<>();
            for (Object item : Values.items(scope, items.eval(scope))) {
                Scope inner = scope.inner();
                target.assign(inner, item);
                if (Values.truth(condition.eval(inner))) {
                    chosen.add(item);
                }
            }
            if (chosen.isEmpty()) {
                return otherwise.run(scope, out);
            }
            for (int i = 0; i < chosen.size(); i++) {
                Scope inner = scope.inner();
                target.assign(inner, chosen.get(i));
                scope.work(WORK_PER_TURN);
                inner.set("loop", loopState(chosen, i));
                if (body.run(inner, out) == Flow.BREAK) {
                    break;
                }
            }
            return Flow.NEXT;
        };
    }

    /** The members of {@code loop}. */
    private static Map<Object, Object> loopState(List<Object> items, int at) {
        Map<Object, Object> state = new LinkedHashMap<>();
        long size = items.size();
        state.put(Text.trusted("index"), at + 1L);
        state.put(Text.trusted("index0"), (long) at);
        state.put(Text.trusted("revindex"), size - at);
        state.put(Text.trusted("revindex0"), size - at - 1);
        state.put(Text.trusted("first"), at == 0);
        state.put(Text.trusted("last"), at == size - 1);
        state.put(Text.trusted("length"), size);
        if (at > 0) {
            state.put(Text.trusted("previtem"), items.get(at - 1));
        }
        if (at < size - 1) {
            state.put(Text.trusted("nextitem"), items.get(at + 1));
        }
        return state;
    }

    private Statement assignment() {
        if (tokens.second().is(".")) {
            String object = tokens.wantName();
            tokens.want(".");
            String member = tokens.wantName();
            tokens.want("=");
            Expression value = expressions.tuple();
            tokens.wantClose();
            return (scope, out) -> {
                if (!(scope.get(object) instanceof Namespace namespace)) {
                    throw Values.wanted("a namespace to set " + member + " of", scope.get(object));
                }
                namespace.members.put(member, value.eval(scope));
                return Flow.NEXT;
            };
        }
        Target target = target();
        if (tokens.take("=")) {
            Expression value = expressions.tuple();
            tokens.wantClose();
            return (scope, out) -> {
                target.assign(scope, value.eval(scope));
                return Flow.NEXT;
            };
        }
        tokens.wantClose();
        Statement body = until("endset");
        return (scope, out) -> {
            Text.Builder text = new Text.Builder();
            Flow flow = body.run(scope.inner(), text);
            target.assign(scope, text.build());
            return flow;
        };
    }

    private Statement macro() {
        String name = tokens.wantName();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.want("(");
        while (!tokens.take(")")) {
            parameters.add(tokens.wantName());
            defaults.add(tokens.take("=") ? expressions.expression() : scope -> Absent.UNDEFINED);
            if (!tokens.peek().is(")")) {
                tokens.want(",");
            }
        }
        tokens.wantClose();
        Statement body = until("endmacro");
        return (scope, out) -> {
            Callable callable = (caller, arguments) -> {
                Scope inner = scope.inner();
                for (int i = 0; i < parameters.size(); i++) {
                    Object value = arguments.get(i, parameters.get(i), Absent.UNDEFINED);
                    inner.set(
                            parameters.get(i),
                            value == Absent.UNDEFINED ? defaults.get(i).eval(inner) : value);
                }
                Text.Builder text = new Text.Builder();
                body.run(inner, text);
                return text.build();
            };
            scope.set(name, callable);
            return Flow.NEXT;
        };
    }
}
