// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import org.opensearch.generate.runner.sample.TokenHistory;

/**
 * Drafts what follows the longest end of the sequence that stands earlier in it (its passages, its question, its own answer), or in
 * recent answers of the same name. The longer the match, the longer the draft: at most {@value #TOKENS_FOR_MATCHED} tokens for each
 * matched one. A token costs amortised constant time in three suffix automata. Oliaro et al., SuffixDecoding, arXiv 2411.04975.
 */
public final class SuffixDrafts implements Drafter {
    /** Its name. */
    public static final String NAME = "suffix";

    static final int TOKENS_FOR_MATCHED = 2;
    static final int LEAST_MATCH = 2;

    /** Tokens that are read along anew when other answers have taken the place of those before. */
    private static final int READ_AGAIN = 32;

    private final Acceptance acceptance;
    private final RecentAnswers recent;
    private final String name;
    private final SuffixAutomaton own = new SuffixAutomaton();
    private SuffixAutomaton.Cursor young = own.new Cursor();
    private SuffixAutomaton.Cursor old = young;
    private int read;

    /**
     * For one sequence.
     *
     * @param recent answers given before
     * @param name whose of them may be used
     */
    public SuffixDrafts(Acceptance acceptance, RecentAnswers recent, String name) {
        this.acceptance = acceptance;
        this.recent = recent;
        this.name = name;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Draft draft(TokenHistory tokens, int limit) {
        for (int position = own.length(); position < tokens.length(); position++) {
            own.add(tokens.token(position));
        }
        RecentAnswers.Texts texts = recent.of(name);
        young = along(young, texts.young(), tokens);
        old = along(old, texts.old(), tokens);
        read = tokens.length();
        int match = Math.max(own.repeated(), Math.max(young.match(), old.match()));
        if (match < LEAST_MATCH) {
            return Draft.NONE;
        }
        int most = Math.min(limit, TOKENS_FOR_MATCHED * match);
        int[] draft =
                match == own.repeated() ? own.afterRepeated(most) : (match == young.match() ? young : old).after(most);
        if (draft.length == 0) {
            return Draft.NONE;
        }
        acceptance.proposed();
        return new Draft(NAME, draft, acceptance.rates(match, draft.length), match);
    }

    /** A cursor that has read the sequence, as far as it matters, along some answers. */
    private SuffixAutomaton.Cursor along(SuffixAutomaton.Cursor before, SuffixAutomaton answers, TokenHistory tokens) {
        boolean same = before.automaton() == answers;
        SuffixAutomaton.Cursor cursor = same ? before : answers.new Cursor();
        for (int position = same ? read : Math.max(0, tokens.length() - READ_AGAIN);
                position < tokens.length();
                position++) {
            cursor.read(tokens.token(position));
        }
        return cursor;
    }

    /** Memory of its own. */
    long bytes() {
        return own.bytes();
    }

    @Override
    public void verified(Draft draft, int accepted, int[] chosen) {
        acceptance.verified(draft.match(), draft.length(), accepted);
    }
}
