// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import org.opensearch.generate.runner.sample.TokenHistory;

/**
 * Drafts runs of tokens that the model itself has made of its own guesses, with no other text or model.
 *
 * <h2>Idea</h2>
 * Behind the tokens to verify the step computes a window of guesses for the places further on. What the model finds likeliest after
 * each guess is the guess for the next place in the next step (Jacobi iteration), so runs of guesses along which each token was made
 * from the one before become text that the model would write. Such runs of {@value #RUN} tokens are kept, by their first token; the
 * latest that begins with the sequence's last token is the draft, and is verified in the same step in which the window goes on.
 * The window is one line, in the same chain as the draft: with a second one the rows of both would need a mask of their own.
 *
 * <h2>Sources</h2>
 * Fu et al., Break the Sequential Dependency of LLM Inference Using Lookahead Decoding, arXiv 2402.02057.
 */
public final class Lookahead implements Drafter {
    /** Its name. */
    public static final String NAME = "lookahead";

    /** Tokens of a run. */
    static final int RUN = 4;

    /** Tokens that the pool knows runs of, those used last. */
    static final int MOST_KEYS = 1024;

    /** Guesses far from a match are as likely as a match of no tokens. */
    private static final int NO_MATCH = 0;

    private static final int MATCH = 3;

    private final Acceptance acceptance;
    /** Runs by their first token, the one used last at the end. */
    private final LinkedHashMap<Integer, int[]> pool = new LinkedHashMap<>(16, 0.75f, true);

    /** The lines that the latest steps computed, the last one first. */
    private final Deque<Line> lines = new ArrayDeque<>();

    private TokenHistory history = new TokenHistory(new int[0]);
    /** Guesses for the places after the sequence. */
    private int[] guesses = {};

    /** For one sequence. */
    public Lookahead(Acceptance acceptance) {
        this.acceptance = acceptance;
    }

    /** Tokens at places from {@code first} on. */
    private record Line(int first, List<Integer> tokens) {
        boolean has(int place) {
            return place >= first && place < first + tokens.size();
        }

        int at(int place) {
            return tokens.get(place - first);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean wantsLikeliest() {
        return true;
    }

    @Override
    public Draft draft(TokenHistory tokens, int limit) {
        history = tokens;
        int[] run = pool.get(tokens.token(tokens.length() - 1));
        if (run == null) {
            return new Draft(NAME, new int[0], new float[0], NO_MATCH);
        }
        acceptance.proposed();
        int[] draft = Arrays.copyOfRange(run, 1, Math.min(RUN, limit + 1));
        return new Draft(NAME, draft, acceptance.rates(MATCH, draft.length), MATCH);
    }

    @Override
    public Draft widen(Draft draft, int limit) {
        int from = draft.length();
        int[] tokens = Arrays.copyOf(draft.tokens(), limit);
        float[] probabilities = Arrays.copyOf(draft.probabilities(), limit);
        for (int i = from; i < limit; i++) {
            // Where there is no guess yet, any token will do: one of the sequence.
            tokens[i] = i < guesses.length ? guesses[i] : history.token((i * 31 + 7) % history.length());
            probabilities[i] = acceptance.rate(NO_MATCH);
        }
        return new Draft(NAME, tokens, probabilities, draft.match());
    }

    @Override
    public void verified(Draft draft, int accepted, int[] chosen) {
        // The sequence has grown by the accepted tokens and one; the step computed the place before them and the
        // draft's.
        int first = history.length() - accepted - 2;
        List<Integer> computed = new ArrayList<>();
        computed.add(history.token(first));
        Arrays.stream(draft.tokens()).forEach(computed::add);
        lines.addFirst(new Line(first, computed));
        for (int i = 0; i < chosen.length; i++) {
            keep(first + 1 + i, chosen[i]);
        }
        if (lines.size() == RUN - 1) {
            lines.removeLast();
        }
        guesses = Arrays.copyOfRange(chosen, Math.min(accepted + 1, chosen.length), chosen.length);
        acceptance.verified(draft.match(), draft.length(), accepted);
    }

    /** Keeps the run that ends with a token at a place, each token made from the one before, if there is one. */
    private void keep(int place, int token) {
        int[] run = new int[RUN];
        int at = RUN - 1;
        run[at] = token;
        for (Line line : lines) {
            int before = place - RUN + at;
            if (!line.has(before)) {
                return;
            }
            run[--at] = line.at(before);
        }
        if (at == 0) {
            pool.put(run[0], run);
            if (pool.size() > MOST_KEYS) {
                pool.pollFirstEntry();
            }
        }
    }

    /** Runs kept. */
    int runs() {
        return pool.size();
    }
}
