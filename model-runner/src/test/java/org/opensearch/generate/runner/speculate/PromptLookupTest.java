// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.sample.TokenHistory;

class PromptLookupTest {
    @Test
    void draftsByTheDefinition() throws Exception {
        Seeds.forAll(200, random -> {
            int vocabulary = random.nextInt(2, 30);
            TokenHistory tokens = history(random, random.nextInt(1, 60), vocabulary);
            PromptLookup lookup = new PromptLookup(new Acceptance());
            for (int i = 0; i < 200; i++) {
                int limit = random.nextInt(1, 17);
                Draft draft = lookup.draft(tokens, limit);
                assertArrayEquals(defined(tokens, limit), draft.tokens());
                assertEquals(draft.length(), draft.probabilities().length);
                int grow = random.nextInt(1, 4);
                for (int token = 0; token < grow; token++) {
                    tokens.append(random.nextInt(vocabulary));
                }
            }
        });
    }

    /** Of the latest places of the last two tokens, the one with the longest match; what followed it. */
    private static int[] defined(TokenHistory history, int limit) {
        int[] text = Arrays.copyOf(history.tokens(), history.length());
        int last = text.length - 1;
        int best = -1;
        int longest = PromptLookup.LEAST_MATCH - 1;
        int seen = 0;
        for (int end = last - 1; end >= 1 && seen < PromptLookup.CANDIDATES; end--) {
            int match = 0;
            while (match <= end && match < PromptLookup.MOST_MATCH && text[end - match] == text[last - match]) {
                match++;
            }
            seen += match >= PromptLookup.LEAST_MATCH ? 1 : 0;
            if (match > longest) {
                longest = match;
                best = end;
            }
        }
        if (best < 0) {
            return new int[0];
        }
        int[] repeated = Arrays.copyOf(text, text.length + limit);
        for (int i = 0; i < limit; i++) {
            repeated[text.length + i] = repeated[best + 1 + i];
        }
        return Arrays.copyOfRange(repeated, text.length, repeated.length);
    }

    @Test
    void aQuoteIsDraftedFromItsThirdToken() {
        TokenHistory tokens = new TokenHistory(new int[] {9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20});
        PromptLookup lookup = new PromptLookup(new Acceptance());
        tokens.append(3);
        assertEquals(0, lookup.draft(tokens, 8).length());
        tokens.append(4);
        Draft draft = lookup.draft(tokens, 4);
        assertArrayEquals(new int[] {5, 6, 7, 8}, draft.tokens());
        assertEquals(2, draft.match());
    }

    @Test
    void memoryIsBoundedByTheTokens() {
        RandomGenerator random = Seeds.fixed(7);
        TokenHistory tokens = history(random, 100_000, 50_000);
        PromptLookup lookup = new PromptLookup(new Acceptance());
        lookup.draft(tokens, 8);
        assertTrue(lookup.bytes() <= 60L * tokens.length(), lookup.bytes() + " bytes");
    }

    static TokenHistory history(RandomGenerator random, int length, int vocabulary) {
        return new TokenHistory(random.ints(length, 0, vocabulary).toArray());
    }
}
