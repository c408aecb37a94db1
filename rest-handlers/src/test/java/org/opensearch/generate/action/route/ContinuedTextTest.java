// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/** Text that one node after another writes. */
class ContinuedTextTest {
    private final StringBuilder text = new StringBuilder();
    private final List<Citation> citations = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private final List<String> started = new ArrayList<>();
    private final ContinuedText continued = new ContinuedText(new AnswerListener() {
        @Override
        public void onStarted(String id, String model) {
            started.add(id);
        }

        @Override
        public void onText(String more, List<Citation> confirmed, List<TokenLogprob> tokens) {
            text.append(more);
            citations.addAll(confirmed);
            logprobs.addAll(tokens);
        }
    });

    private static TokenLogprob logprob(char token) {
        return new TokenLogprob(String.valueOf(token).getBytes(StandardCharsets.UTF_8), -1, List.of());
    }

    /** Writes a part of an answer of which every character is a token and every seventh ends with a citation. */
    private static void write(AnswerListener to, String answer, int from, int end) {
        List<Citation> confirmed = new ArrayList<>();
        List<TokenLogprob> tokens = new ArrayList<>();
        for (int at = from; at < end; at++) {
            tokens.add(logprob(answer.charAt(at)));
            if (at % 7 == 6) {
                confirmed.add(new Citation(at, "i", "d", "f", at, at + 1));
            }
        }
        to.onText(answer.substring(from, end), confirmed, tokens);
    }

    private static void writeInPieces(AnswerListener to, String answer, int end, Random random) {
        for (int from = 0; from < end; ) {
            int next = Math.min(end, from + random.nextInt(6));
            write(to, answer, from, next);
            from = next;
        }
    }

    @Test
    void whereverTheFirstNodeStopsAllIsToldOnce() {
        String answer = "The hardest mineral of the hill is quartz [1], and nobody has found a harder one since.";
        for (int seed = 0; seed < 200; seed++) {
            ContinuedTextTest fresh = new ContinuedTextTest();
            Random random = new Random(seed);
            AnswerListener first = fresh.continued.next();
            first.onStarted("gen-1", "m");
            writeInPieces(first, answer, random.nextInt(answer.length() + 1), random);
            AnswerListener second = fresh.continued.next();
            second.onStarted("gen-2", "m");
            write(first, answer, 0, 3);
            writeInPieces(second, answer, answer.length(), random);
            assertEquals(answer, fresh.text.toString(), "seed " + seed);
            assertEquals(List.of("gen-1"), fresh.started);
            assertEquals(answer.length() / 7, fresh.citations.size());
            assertEquals(answer.length(), fresh.logprobs.size());
            for (int at = 0; at < answer.length(); at++) {
                assertEquals(answer.charAt(at), (char) fresh.logprobs.get(at).bytes()[0]);
            }
            assertFalse(fresh.continued.differs());
        }
    }

    @Test
    void anotherTextIsNoticedAndNotTold() {
        AnswerListener first = continued.next();
        write(first, "quartz", 0, 4);
        AnswerListener second = continued.next();
        write(second, "quarry", 0, 3);
        assertFalse(continued.differs());
        write(second, "quarry", 3, 6);
        assertFalse(continued.differs(), "the fourth letter is the same");
        assertEquals("quarry", text.toString());
        AnswerListener third = continued.next();
        write(third, "quartz", 0, 6);
        assertTrue(continued.differs());
        assertEquals("quarry", text.toString());
    }

    @Test
    void nobodyIsHeardAfterTheEnd() {
        AnswerListener only = continued.next();
        continued.close();
        only.onStarted("gen-1", "m");
        write(only, "quartz", 0, 6);
        assertEquals("", text.toString());
        assertTrue(started.isEmpty());
    }
}
