// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and their values while a template runs, and how much it may still do.
 *
 * <p>Values are {@link Text}, {@link Boolean}, {@link Long}, {@link Double}, {@link List}, {@link Map}, {@link Callable},
 * {@link Namespace} and {@link Absent}; nothing else of Java is within a template's reach.
 */
final class Scope {
    private static final long MAX_WORK = 5_000_000;
    private static final int MAX_DEPTH = 50;
    private static final int CHARS_PER_WORK = 16;

    /** No value: Jinja's {@code none}, and what an unknown name stands for. */
    enum Absent {
        NONE,
        UNDEFINED
    }

    /** A function that a template may call. */
    @FunctionalInterface
    interface Callable {
        /** The result of a call. */
        Object call(Scope scope, Arguments arguments);
    }

    /** An object whose members a template may set. */
    static final class Namespace {
        final Map<String, Object> members = new LinkedHashMap<>();
    }

    /** Arguments of a call, by place and by name. */
    record Arguments(List<Object> positional, Map<String, Object> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());

        /** The argument at that place, or of that name; the default where it is not given. */
        Object get(int place, String name, Object otherwise) {
            return place < positional.size() ? positional.get(place) : named.getOrDefault(name, otherwise);
        }

        /** The argument at that place, which must be given. */
        Object get(int place, String name) {
            Object value = get(place, name, Absent.UNDEFINED);
            if (value == Absent.UNDEFINED) {
                throw new TemplateException("wanted an argument " + name + ", found none");
            }
            return value;
        }
    }

    /** What all scopes of one rendering share. */
    private static final class Budget {
        long work = MAX_WORK;
        int depth;
    }

    private final Map<String, Object> values = new HashMap<>();
    private final @Nullable Scope parent;
    private final Budget budget;

    /** The outermost scope of a rendering. */
    Scope(Map<String, Object> globals) {
        parent = null;
        budget = new Budget();
        values.putAll(globals);
    }

    private Scope(Scope parent) {
        this.parent = parent;
        this.budget = parent.budget;
    }

    /** A scope inside this one: what is set there ends with it. */
    Scope inner() {
        return new Scope(this);
    }

    /** The value of a name, {@link Absent#UNDEFINED} for an unknown one. */
    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Object value = scope.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return Absent.UNDEFINED;
    }

    /** Sets a name in this scope. */
    void set(String name, Object value) {
        values.put(name, value);
    }

    /** Counts one step. */
    void step() {
        work(1);
    }

    /** Counts characters that are made or looked at. */
    void chars(long count) {
        work(1 + count / CHARS_PER_WORK);
    }

    /** Counts work; refuses more than a rendering may take. */
    void work(long units) {
        budget.work -= units;
        if (budget.work < 0 || units < 0) {
            throw new TemplateException("takes more than " + MAX_WORK + " steps, wanted at most that many");
        }
    }

    /** Enters a nested call. */
    void enter() {
        if (++budget.depth > MAX_DEPTH) {
            throw new TemplateException("calls are nested deeper than " + MAX_DEPTH);
        }
    }

    /** Leaves a nested call. */
    void leave() {
        budget.depth--;
    }
}
