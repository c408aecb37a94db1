// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.generate.loader.chat.Lexer.Kind;
import org.opensearch.generate.loader.chat.Lexer.Token;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Arguments;
import org.opensearch.generate.loader.chat.Scope.Callable;

/** Expressions of the template language, by recursive descent from the loosest operator to the tightest. */
final class ExpressionParser {
    private static final int MAX_DEPTH = 60;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=", "in", "not");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
    private static final Set<String> TEST_ENDS = Set.of("else", "or", "and", "is", "if", "in", "not");

    private final Tokens tokens;
    private int depth;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** An expression, ready to be computed. */
    @FunctionalInterface
    interface Expression {
        /** Its value. */
        Object value(Scope scope);

        /** Its value, counted as a step. */
        default Object eval(Scope scope) {
            scope.step();
            return value(scope);
        }
    }

    /** Arguments of a call, ready to be computed. */
    private record Call(List<Expression> positional, Map<String, Expression> named) {
        Arguments eval(Scope scope) {
            List<Object> values = new ArrayList<>();
            positional.forEach(argument -> values.add(argument.eval(scope)));
            Map<String, Object> byName = new LinkedHashMap<>();
            named.forEach((name, argument) -> byName.put(name, argument.eval(scope)));
            return new Arguments(values, byName);
        }
    }

    /** An expression, or several with commas between, which are a list. */
    Expression tuple() {
        Expression first = expression();
        if (!tokens.take(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.peek().kind() != Kind.CLOSE) {
            items.add(expression());
            if (!tokens.take(",")) {
                break;
            }
        }
        return list(items);
    }

    /** One expression. */
    Expression expression() {
        if (++depth > MAX_DEPTH) {
            throw new TemplateException(tokens.peek().line(), "an expression is nested deeper than " + MAX_DEPTH);
        }
        Expression value = or();
        while (tokens.take("if")) {
            Expression then = value;
            Expression condition = or();
            Expression otherwise = tokens.take("else") ? expression() : scope -> Absent.UNDEFINED;
            value = scope -> Values.truth(condition.eval(scope)) ? then.eval(scope) : otherwise.eval(scope);
        }
        depth--;
        return value;
    }

    /** An expression in which a following {@code if} is not its own: what a loop goes over. */
    Expression or() {
        Expression value = and();
        while (tokens.take("or")) {
            Expression left = value;
            Expression right = and();
            value = scope -> {
                Object first = left.eval(scope);
                return Values.truth(first) ? first : right.eval(scope);
            };
        }
        return value;
    }

    private Expression and() {
        Expression value = not();
        while (tokens.take("and")) {
            Expression left = value;
            Expression right = not();
            value = scope -> {
                Object first = left.eval(scope);
                return Values.truth(first) ? right.eval(scope) : first;
            };
        }
        return value;
    }

    private Expression not() {
        int count = 0;
        while (tokens.take("not")) {
            count++;
        }
        Expression value = comparison();
        boolean wanted = count % 2 == 0;
        return count == 0 ? value : scope -> Values.truth(value.eval(scope)) == wanted;
    }

    private Expression comparison() {
        Expression value = sum();
        Expression left = value;
        boolean chained = false;
        while (COMPARISONS.contains(tokens.peek().text()) && isOperator(tokens.peek())) {
            if (tokens.peek().is("not") && !tokens.second().is("in")) {
                break;
            }
            String operator = tokens.next().text();
            if (operator.equals("not")) {
                tokens.want("in");
            }
            Expression a = left;
            Expression b = sum();
            Expression step = scope -> compare(scope, operator, a.eval(scope), b.eval(scope));
            Expression before = value;
            value = chained ? scope -> Values.truth(before.eval(scope)) ? step.eval(scope) : false : step;
            chained = true;
            left = b;
        }
        return value;
    }

    private static boolean isOperator(Token token) {
        return token.kind() == Kind.OPERATOR || token.kind() == Kind.NAME;
    }

    private static Object compare(Scope scope, String operator, Object a, Object b) {
        return switch (operator) {
            case "==" -> Values.same(a, b);
            case "!=" -> !Values.same(a, b);
            case "<" -> Values.compare(a, b) < 0;
            case "<=" -> Values.compare(a, b) <= 0;
            case ">" -> Values.compare(a, b) > 0;
            case ">=" -> Values.compare(a, b) >= 0;
            case "in" -> Values.contains(scope, b, a);
            default -> !Values.contains(scope, b, a);
        };
    }

    private Expression sum() {
        Expression value = concatenation();
        while (tokens.peek().is("+") || tokens.peek().is("-")) {
            boolean plus = tokens.next().is("+");
            Expression a = value;
            Expression b = concatenation();
            value = plus
                    ? scope -> Values.add(scope, a.eval(scope), b.eval(scope))
                    : scope -> Values.arithmetic(scope, "-", a.eval(scope), b.eval(scope));
        }
        return value;
    }

    private Expression concatenation() {
        Expression value = product();
        while (tokens.take("~")) {
            Expression a = value;
            Expression b = product();
            value = scope -> Values.add(scope, Values.print(scope, a.eval(scope)), Values.print(scope, b.eval(scope)));
        }
        return value;
    }

    private Expression product() {
        Expression value = power();
        while (tokens.peek().kind() == Kind.OPERATOR
                && PRODUCTS.contains(tokens.peek().text())) {
            String operator = tokens.next().text();
            Expression a = value;
            Expression b = power();
            value = scope -> Values.arithmetic(scope, operator, a.eval(scope), b.eval(scope));
        }
        return value;
    }

    private Expression power() {
        Expression value = unary(true);
        while (tokens.take("**")) {
            Expression a = value;
            Expression b = unary(true);
            value = scope -> Values.arithmetic(scope, "**", a.eval(scope), b.eval(scope));
        }
        return value;
    }

    private Expression unary(boolean withFilters) {
        boolean negative = false;
        while (tokens.peek().is("-") || tokens.peek().is("+")) {
            negative ^= tokens.next().is("-");
        }
        Expression inner = postfix(primary());
        Expression value = negative ? scope -> Values.arithmetic(scope, "-", 0L, inner.eval(scope)) : inner;
        return withFilters ? filters(value) : value;
    }

    private Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.peek().kind() == Kind.STRING) {
                    text.append(tokens.next().text());
                }
                Text constant = Text.trusted(text.toString());
                yield scope -> constant;
            }
            case INTEGER, FLOAT -> {
                Object constant = number(token);
                yield scope -> constant;
            }
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesis();
                    case "[" -> list(until("]"));
                    case "{" -> mapping();
                    default -> throw unexpected(token);
                };
            default -> throw unexpected(token);
        };
    }

    private static TemplateException unexpected(Token token) {
        return new TemplateException(token.line(), "wanted an expression, found " + token);
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> scope -> true;
            case "false", "False" -> scope -> false;
            case "none", "None" -> scope -> Absent.NONE;
            default -> scope -> scope.get(name);
        };
    }

    private static Object number(Token token) {
        try {
            return token.kind() == Kind.INTEGER
                    ? (Object) Long.valueOf(token.text())
                    : (Object) Double.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw new TemplateException(token.line(), "an integer does not fit 64 bits: " + token.text());
        }
    }

    private Expression parenthesis() {
        if (tokens.take(")")) {
            return scope -> List.of();
        }
        Expression first = expression();
        if (tokens.take(")")) {
            return first;
        }
        tokens.want(",");
        List<Expression> items = new ArrayList<>(List.of(first));
        items.addAll(until(")"));
        return list(items);
    }

    private List<Expression> until(String end) {
        List<Expression> items = new ArrayList<>();
        while (!tokens.take(end)) {
            items.add(expression());
            if (!tokens.peek().is(end)) {
                tokens.want(",");
            }
        }
        return items;
    }

    private static Expression list(List<Expression> items) {
        return scope -> {
            List<Object> values = new ArrayList<>(items.size());
            items.forEach(item -> values.add(item.eval(scope)));
            return values;
        };
    }

    private Expression mapping() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.take("}")) {
            keys.add(expression());
            tokens.want(":");
            values.add(expression());
            if (!tokens.peek().is("}")) {
                tokens.want(",");
            }
        }
        return scope -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                map.put(Values.plainKey(keys.get(i).eval(scope)), values.get(i).eval(scope));
            }
            return map;
        };
    }

    private Expression postfix(Expression start) {
        Expression value = start;
        while (true) {
            Expression object = value;
            if (tokens.take(".")) {
                Token member = tokens.next();
                if (member.kind() == Kind.INTEGER) {
                    long index = (Long) number(member);
                    value = scope -> Values.index(object.eval(scope), index);
                } else if (member.kind() == Kind.NAME) {
                    value = tokens.take("(") ? method(object, member.text()) : attribute(object, member.text());
                } else {
                    throw new TemplateException(member.line(), "wanted a name, found " + member);
                }
            } else if (tokens.take("[")) {
                value = subscript(object);
            } else if (tokens.take("(")) {
                Call call = call();
                value = scope -> call(scope, object.eval(scope), call.eval(scope));
            } else {
                return value;
            }
        }
    }

    private static Expression attribute(Expression object, String name) {
        Text key = Text.trusted(name);
        return scope -> Values.index(object.eval(scope), key);
    }

    private Expression method(Expression object, String name) {
        Call call = call();
        Text key = Text.trusted(name);
        return scope -> {
            Object receiver = object.eval(scope);
            Object member = receiver instanceof Scope.Namespace ? Values.index(receiver, key) : Absent.UNDEFINED;
            Arguments arguments = call.eval(scope);
            return member instanceof Callable function
                    ? call(scope, function, arguments)
                    : Methods.call(scope, receiver, name, arguments);
        };
    }

    private static Object call(Scope scope, Object function, Arguments arguments) {
        if (!(function instanceof Callable callable)) {
            throw Values.wanted("a function", function);
        }
        scope.enter();
        Object result = callable.call(scope, arguments);
        scope.leave();
        return result;
    }

    private Expression subscript(Expression object) {
        Expression none = scope -> Absent.NONE;
        Expression from = tokens.peek().is(":") ? none : expression();
        if (tokens.take("]")) {
            return scope -> Values.index(object.eval(scope), from.eval(scope));
        }
        tokens.want(":");
        Expression to = tokens.peek().is(":") || tokens.peek().is("]") ? none : expression();
        Expression step = tokens.take(":") && !tokens.peek().is("]") ? expression() : none;
        tokens.want("]");
        return scope -> Values.slice(scope, object.eval(scope), from.eval(scope), to.eval(scope), step.eval(scope));
    }

    /** The arguments after an open parenthesis, and the closing one. */
    private Call call() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!tokens.take(")")) {
            if (tokens.peek().kind() == Kind.NAME && tokens.second().is("=")) {
                String name = tokens.wantName();
                tokens.want("=");
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!tokens.peek().is(")")) {
                tokens.want(",");
            }
        }
        return new Call(positional, named);
    }

    private Expression filters(Expression start) {
        Expression value = start;
        while (true) {
            Expression input = value;
            if (tokens.take("|")) {
                value = filter(input);
            } else if (tokens.take("is")) {
                value = test(input);
            } else {
                return value;
            }
        }
    }

    /** A filter and its arguments, applied to {@code input}; the bar is taken already. */
    private Expression filter(Expression input) {
        int line = tokens.peek().line();
        String name = tokens.wantName();
        Filters.Filter filter = Filters.of(name);
        if (filter == null) {
            throw new TemplateException(line, "wanted a filter of " + Filters.names() + ", found " + name);
        }
        Call call = tokens.take("(") ? call() : new Call(List.of(), Map.of());
        return scope -> filter.apply(scope, input.eval(scope), call.eval(scope));
    }

    private Expression test(Expression input) {
        boolean wanted = !tokens.take("not");
        int line = tokens.peek().line();
        String name = tokens.wantName();
        if (!Tests.names().contains(name)) {
            throw new TemplateException(line, "wanted a test of " + Tests.names() + ", found " + name);
        }
        Call call;
        Token next = tokens.peek();
        if (tokens.take("(")) {
            call = call();
        } else if (next.kind() == Kind.STRING
                || next.kind() == Kind.INTEGER
                || next.kind() == Kind.FLOAT
                || (next.kind() == Kind.NAME && !TEST_ENDS.contains(next.text()))
                || next.is("[")
                || next.is("{")) {
            call = new Call(List.of(postfix(primary())), Map.of());
        } else {
            call = new Call(List.of(), Map.of());
        }
        return scope -> Tests.holds(scope, name, input.eval(scope), call.eval(scope)) == wanted;
    }
}
