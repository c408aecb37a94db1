// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

class AnswerTextTest {
    @Test
    void withoutStopTextsAllTextIsCertain() {
        AnswerText text = new AnswerText(List.of());
        assertEquals("one ", text.push("one "));
        assertEquals("two", text.push("two"));
        assertEquals("one two", text.finish());
    }

    @Test
    void textThatMayBecomeAStopTextIsHeldBack() {
        AnswerText text = new AnswerText(List.of("\n\n", "END"));
        assertEquals("a", text.push("a\n"));
        assertEquals("\nb", text.push("bE"));
        assertEquals("E", text.push("EN"));
        assertFalse(text.stopped());
        assertEquals("", text.push("Dx"));
        assertTrue(text.stopped());
        assertEquals("a\nbE", text.finish());
    }

    @Test
    void whatIsHeldAtTheEndIsText() {
        AnswerText text = new AnswerText(List.of("END"));
        assertEquals("x ", text.push("x EN"));
        assertEquals("x EN", text.finish());
    }

    @Test
    void theFirstStopTextThatIsCompleteEndsTheAnswer() {
        AnswerText text = new AnswerText(List.of("abcd", "bc"));
        text.push("xabcd");
        assertEquals("xa", text.finish());
    }

    @Test
    void bordersOfPiecesDoNotMatter() throws Exception {
        Seeds.forAll(3000, random -> {
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                stops.add(word(random.nextInt(1, 5), random));
            }
            String whole = word(random.nextInt(40), random);
            AnswerText byLetter = new AnswerText(stops);
            AnswerText byPiece = new AnswerText(stops);
            for (int i = 0; i < whole.length(); i++) {
                byLetter.push(whole.substring(i, i + 1));
            }
            StringBuilder passed = new StringBuilder();
            for (int from = 0; from < whole.length(); ) {
                int to = Math.min(whole.length(), from + random.nextInt(1, 6));
                passed.append(byPiece.push(whole.substring(from, to)));
                from = to;
            }
            assertEquals(byLetter.stopped(), byPiece.stopped());
            String answer = byPiece.finish();
            assertEquals(byLetter.finish(), answer);
            assertTrue(answer.startsWith(passed.toString()));
            assertEquals(firstStop(whole, stops), answer);
        });
    }

    /** The definition: the answer ends where the first stop text is complete, and lacks the longest one that ends there. */
    private static String firstStop(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String so = text.substring(0, end);
            int longest = stops.stream()
                    .filter(so::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return so.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String word(int length, RandomGenerator random) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }
}
