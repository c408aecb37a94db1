// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.LinkedHashMap;

/**
 * The latest answers, kept apart by a name (whose they are, about what): answers about the same documents resemble each other.
 *
 * <p>Of each name the latest {@value #TOKENS} tokens are known at least, twice as many at most, in two automata: when the younger
 * is full the elder is forgotten. Of all names together {@value #MOST_TOKENS} are kept, of the names used last; about 130 bytes a
 * token.
 */
public final class RecentAnswers {
    /** Tokens after which an automaton is full. */
    static final int TOKENS = 8192;

    /** Tokens of all names. */
    static final int MOST_TOKENS = 131_072;

    private final LinkedHashMap<String, Texts> names = new LinkedHashMap<>(16, 0.75f, true);
    private final Texts none = new Texts();

    /** The answers of one name. */
    static final class Texts {
        private SuffixAutomaton young = new SuffixAutomaton();
        private SuffixAutomaton old = new SuffixAutomaton();

        SuffixAutomaton young() {
            return young;
        }

        SuffixAutomaton old() {
            return old;
        }

        private int tokens() {
            return young.length() + old.length();
        }

        private void add(int[] tokens) {
            for (int token : tokens) {
                if (young.length() >= TOKENS) {
                    old = young;
                    young = new SuffixAutomaton();
                }
                young.add(token);
            }
            young.mark();
        }
    }

    /** The answers of a name; empty if there are none. */
    Texts of(String name) {
        return names.getOrDefault(name, none);
    }

    /** An answer was given. */
    public void add(String name, int[] tokens) {
        names.computeIfAbsent(name, unknown -> new Texts()).add(tokens);
        int all = tokens();
        while (all > MOST_TOKENS) {
            all -= names.pollFirstEntry().getValue().tokens();
        }
    }

    /** Tokens kept. */
    int tokens() {
        return names.values().stream().mapToInt(Texts::tokens).sum();
    }
}
