// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which markers stay, which go, and where they lead. */
class CitationsTest {
    private static final String DEFENSE = "The Panthers defense gave up just 308 points, ranking sixth in the league. "
            + "Kawann Short led the team in sacks with 11.";
    private static final String BRONCOS = "The Broncos defeated the Pittsburgh Steelers in the divisional round.";
    private static final List<Passage> PASSAGES = List.of(
            passage(1, "Super Bowl 50", DEFENSE),
            passage(2, "Super Bowl 50", BRONCOS),
            passage(3, "Sport", "パンサーズは308点を許した。守備は6位だった。"));
    private static final String QUESTION = "How many points did the Panthers defense surrender?";

    private static Passage passage(int marker, String title, String text) {
        return new Passage(
                marker,
                "wiki",
                "doc" + marker,
                List.of(
                        new Passage.Part("title", title, title.length()),
                        new Passage.Part("text", text, text.length())));
    }

    private static String cited(Citation citation) {
        return PASSAGES.get(citation.marker() - 1).parts().stream()
                .filter(part -> part.field().equals(citation.field()))
                .findFirst()
                .orElseThrow()
                .value()
                .substring(citation.start(), citation.end());
    }

    @Test
    void aMarkerLeadsToTheSentenceThatSupportsIt() {
        Citations checked = Citations.check("They gave up 308 points [1]. Short had 11 sacks [1].", PASSAGES, QUESTION);
        assertEquals("They gave up 308 points [1]. Short had 11 sacks [1].", checked.text());
        assertEquals(
                List.of(
                        "The Panthers defense gave up just 308 points, ranking sixth in the league.",
                        "Kawann Short led the team in sacks with 11."),
                checked.citations().stream().map(CitationsTest::cited).toList());
        assertEquals(
                new Citation(1, "wiki", "doc1", "text", 0, 74),
                checked.citations().getFirst());
        assertEquals(0, checked.removed() + checked.added());
    }

    @Test
    void aMarkerThatNamesNoPassageIsTakenOut() {
        Citations checked = Citations.check("They gave up 308 points [9] [1], it says.", PASSAGES, QUESTION);
        assertEquals("They gave up 308 points [1], it says.", checked.text());
        assertEquals(1, checked.removed());
    }

    @Test
    void aMarkerThatItsPassageDoesNotSupportIsTakenOut() {
        Citations checked = Citations.check("They gave up 308 points [1, 2].", PASSAGES, QUESTION);
        assertEquals("They gave up 308 points [1].", checked.text());
        assertEquals(1, checked.removed());
        assertEquals(
                List.of(1), checked.citations().stream().map(Citation::marker).toList());
    }

    @Test
    void anAnswerWithoutMarkersGetsThemWhereAPassageSupportsIt() {
        Citations checked = Citations.check("The Panthers gave up 308 points. Nobody knows why.", PASSAGES, QUESTION);
        assertEquals("The Panthers gave up 308 points [1]. Nobody knows why.", checked.text());
        assertEquals(1, checked.added());
    }

    @Test
    void anEchoOfTheQuestionIsNoEvidence() {
        Citations checked =
                Citations.check("The Panthers defense surrendered many points to Zanzibar.", PASSAGES, QUESTION);
        assertEquals(List.of(), checked.citations());
    }

    @Test
    void aNumberThatNoPassageHasIsNotSupported() {
        Citations checked = Citations.check("The Panthers defense gave up just 500 points [1].", PASSAGES, QUESTION);
        assertEquals("The Panthers defense gave up just 500 points.", checked.text());
        assertEquals(1, checked.removed());
        assertEquals(0, checked.added());
    }

    @Test
    void aBareAnswerIsFoundByTheQuestion() {
        Citations checked = Citations.check("308", PASSAGES, QUESTION);
        assertEquals("308 [1]", checked.text());
        assertEquals("text", checked.citations().getFirst().field());
    }

    @Test
    void scriptsWithoutSpacesAreCitedToo() {
        Citations checked = Citations.check("308点を許した。", PASSAGES, "パンサーズは何点を許しましたか。");
        assertEquals("パンサーズは308点を許した。", cited(checked.citations().getFirst()));
        assertTrue(checked.text().startsWith("308点を許した [3]"), checked.text());
    }

    @Test
    void whatWasCutFromAPassageCannotBeCited() {
        Passage cut = new Passage(1, "wiki", "doc1", List.of(new Passage.Part("text", DEFENSE, 74)));
        assertEquals(
                List.of(),
                Citations.check("Kawann Short had 11 sacks.", List.of(cut), QUESTION)
                        .citations());
    }

    @Test
    void withoutPassagesNothingIsTouched() {
        String answer = "An array: a[1] = b[2].";
        assertEquals(answer, Citations.check(answer, List.of(), "?").text());
    }
}
