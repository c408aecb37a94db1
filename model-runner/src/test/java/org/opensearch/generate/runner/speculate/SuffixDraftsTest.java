// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.sample.TokenHistory;

class SuffixDraftsTest {
    private final RecentAnswers recent = new RecentAnswers();

    @Test
    void theDraftGrowsWithTheMatch() {
        int[] prompt = IntStream.range(100, 200).toArray();
        TokenHistory tokens = new TokenHistory(prompt);
        SuffixDrafts drafts = new SuffixDrafts(new Acceptance(), recent, "");
        tokens.append(5);
        for (int match = 0; match < 10; match++) {
            Draft draft = drafts.draft(tokens, 16);
            int wanted = match < SuffixDrafts.LEAST_MATCH ? 0 : Math.min(16, SuffixDrafts.TOKENS_FOR_MATCHED * match);
            assertArrayEquals(IntStream.range(120 + match, 120 + match + wanted).toArray(), draft.tokens());
            assertEquals(wanted == 0 ? 0 : match, draft.match());
            tokens.append(120 + match);
        }
    }

    @Test
    void answersOfTheSameNameAloneAreDrafts() {
        recent.add("mine", new int[] {1, 2, 3, 4, 5, 6});
        TokenHistory tokens = new TokenHistory(new int[] {9, 9, 2, 3});
        assertArrayEquals(
                new int[] {4, 5, 6},
                new SuffixDrafts(new Acceptance(), recent, "mine")
                        .draft(tokens, 8)
                        .tokens());
        assertEquals(
                0,
                new SuffixDrafts(new Acceptance(), recent, "other")
                        .draft(tokens, 8)
                        .length());
    }

    @Test
    void answersThatComeMeanwhileCountToo() {
        SuffixDrafts drafts = new SuffixDrafts(new Acceptance(), recent, "");
        TokenHistory tokens = new TokenHistory(new int[] {9, 8, 7});
        assertEquals(0, drafts.draft(tokens, 8).length());
        for (int answer = 0; answer < 3; answer++) {
            recent.add(
                    "",
                    IntStream.range(0, RecentAnswers.TOKENS / 2)
                            .map(i -> 1000 + i)
                            .toArray());
            recent.add("", new int[] {1 + answer, 10 + answer, 20 + answer, 30 + answer});
            tokens.append(1 + answer);
            tokens.append(10 + answer);
            assertArrayEquals(
                    new int[] {20 + answer, 30 + answer},
                    drafts.draft(tokens, 8).tokens(),
                    "answer " + answer);
        }
    }

    @Test
    void recentAnswersAreBounded() {
        RandomGenerator random = Seeds.fixed(11);
        for (int answer = 0; answer < 2000; answer++) {
            recent.add("name " + random.nextInt(60), random.ints(500, 0, 30_000).toArray());
            assertTrue(recent.tokens() <= RecentAnswers.MOST_TOKENS + 501);
        }
        assertTrue(recent.of("name 1").young().length() <= RecentAnswers.TOKENS + 501);
        recent.add("latest", new int[] {1, 2, 3});
        assertEquals(4, recent.of("latest").young().length());
    }
}
