// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.sample.TokenHistory;

class LookaheadTest {
    /** Steps of a model whose next token depends on the last one alone. */
    private static int steps(Lookahead lookahead, IntUnaryOperator model, int wanted, int limit) {
        TokenHistory tokens = new TokenHistory(new int[] {1, 50, 51, 52});
        int steps = 0;
        while (tokens.generated() < wanted) {
            Draft draft = lookahead.widen(lookahead.draft(tokens, limit), limit);
            assertEquals(limit, draft.length());
            int[] chosen = new int[limit + 1];
            chosen[0] = model.applyAsInt(tokens.token(tokens.length() - 1));
            for (int i = 0; i < limit; i++) {
                chosen[i + 1] = model.applyAsInt(draft.tokens()[i]);
            }
            int accepted = 0;
            while (accepted < limit && draft.tokens()[accepted] == chosen[accepted]) {
                accepted++;
            }
            for (int i = 0; i <= accepted; i++) {
                tokens.append(chosen[i]);
            }
            lookahead.verified(draft, accepted, chosen);
            steps++;
        }
        return steps;
    }

    @Test
    void guessesBecomeDraftsThatAreRight() {
        int steps = steps(new Lookahead(new Acceptance()), token -> (token * 7 + 3) % 101, 400, 8);
        assertTrue(steps < 200, steps + " steps");
    }

    @Test
    void thePoolIsBounded() {
        RandomGenerator random = Seeds.fixed(3);
        Lookahead lookahead = new Lookahead(new Acceptance());
        steps(lookahead, token -> random.nextInt(1_000_000), 4000, 16);
        assertEquals(Lookahead.MOST_KEYS, lookahead.runs());
    }
}
