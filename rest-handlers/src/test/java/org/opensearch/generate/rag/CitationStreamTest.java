// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What of an answer is handed on while it is being written, and when. */
class CitationStreamTest {
    private static final String TEXT = "The hill is 38 metres high. Its hardest mineral is quartz.";
    private static final List<Passage> PASSAGES =
            List.of(new Passage(1, "hills", "a", List.of(new Passage.Part("text", TEXT, TEXT.length()))));

    private final CitationStream stream = new CitationStream(PASSAGES, "What is it?");

    @Test
    void wordsAreHandedOnAsTheyCome() {
        assertEquals("The hill", stream.push(" The hill ").text());
        assertEquals(" is 38", stream.push("is 38").text());
        assertEquals("", stream.push(".").text(), "a marker may have to go before it");
        assertEquals(".5", stream.push("5").text());
    }

    @Test
    void aMarkerIsHandedOnWhenItsSentenceIsWhole() {
        assertEquals(
                "Its hardest mineral", stream.push("Its hardest mineral [1").text());
        assertEquals("", stream.push("] is quartz.").text());
        CitationStream.Piece piece = stream.push(" And");
        assertEquals(" [1] is quartz. And", piece.text());
        assertEquals(List.of(new Citation(1, "hills", "a", "text", 28, 58)), piece.citations());
    }

    @Test
    void aMarkerIsPutInWhenTheSentenceIsWhole() {
        assertEquals(
                "The hill is 38 metres high",
                stream.push("The hill is 38 metres high.\n").text());
        CitationStream.Piece piece = stream.push("So");
        assertEquals(" [1].\nSo", piece.text());
        assertEquals(1, piece.citations().size());
        assertEquals(1, stream.added());
    }

    @Test
    void onceTheModelHasCitedNothingIsPutIn() {
        String answer = "The hill is 38 metres high [1]. Its hardest mineral is quartz.";
        assertEquals(answer, Citations.check(answer, PASSAGES, "?").text());
    }

    @Test
    void whatOnlyLooksLikeAMarkerIsText() {
        assertEquals("An array[", stream.push("An array[i").text().substring(0, 9));
        assertEquals("] and", stream.push("] and").text());
        CitationStream.Piece end = stream.push(" [1, 2");
        assertEquals("", end.text());
        assertEquals(" [1, 2", stream.finish().text());
    }

    @Test
    void aSentenceWithoutEndIsDecidedInTheEnd() {
        StringBuilder text = new StringBuilder(stream.push("quartz [1] ").text());
        int most = 0;
        for (int i = 0; i < 2000; i++) {
            text.append(stream.push("on and ").text());
            most = Math.max(most, 7 * i + 8 - text.length());
        }
        assertTrue(most < 2100, "held back " + most);
    }

    /** The same text in any pieces gives the same answer as in one. */
    @RepeatedTest(200)
    void piecesDoNotMatter(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        String[] parts = {
            "The hill",
            " is ",
            "38",
            " metres",
            " high",
            ".",
            "!",
            "?\"",
            " ",
            "\n",
            " [1]",
            "[2]",
            " [1, 2]",
            "[",
            "]",
            "Dr. ",
            "e.g. ",
            "Its hardest mineral is quartz",
            "。",
            "石英",
            "[1",
            "  ",
            "(",
            ")",
            "😀",
            "1) ",
            "- ",
        };
        StringBuilder answer = new StringBuilder();
        for (int i = random.nextInt(30); i >= 0; i--) {
            answer.append(parts[random.nextInt(parts.length)]);
        }
        Citations whole = Citations.check(answer.toString(), PASSAGES, "What?");
        StringBuilder text = new StringBuilder();
        List<Citation> citations = new ArrayList<>();
        CitationStream pieces = new CitationStream(PASSAGES, "What?");
        int from = 0;
        while (from < answer.length()) {
            int to = Math.min(answer.length(), from + 1 + random.nextInt(5));
            CitationStream.Piece piece = pieces.push(answer.substring(from, to));
            text.append(piece.text());
            citations.addAll(piece.citations());
            from = to;
        }
        CitationStream.Piece rest = pieces.finish();
        citations.addAll(rest.citations());
        assertEquals(whole, new Citations(text + rest.text(), citations, pieces.removed(), pieces.added()));
        assertEquals(whole.text().strip(), whole.text());
        assertEquals(
                letters(answer.toString()), letters(whole.text()), "nothing but markers and white space comes or goes");
    }

    private static String letters(String text) {
        return text.replaceAll("\\s*\\[\\s*\\d{1,4}(?:\\s*[,;]\\s*\\d{1,4})*\\s*]", "")
                .replaceAll("\\s", "");
    }
}
