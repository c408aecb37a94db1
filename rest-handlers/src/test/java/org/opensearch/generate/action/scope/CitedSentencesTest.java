// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.Document;

/** What is left of documents, and that citations of it lead back. */
class CitedSentencesTest {
    private static final String TEXT =
            "It stands on a rock. It is 38 metres high. Nobody lives there. It was built in 1847.";
    private static final Document TOWER = new Document(
            "merrow", "tower", List.of(new Document.Text("title", "The lighthouse"), new Document.Text("text", TEXT)));
    private static final Document MARKET =
            new Document("merrow", "market", List.of(new Document.Text("text", "It is held on Fridays.")));

    private static Citation cite(Document document, String field, String words) {
        String value = document.texts().stream()
                .filter(text -> text.field().equals(field))
                .findFirst()
                .orElseThrow()
                .value();
        int start = value.indexOf(words);
        return new Citation(1, document.index(), document.id(), field, start, start + words.length());
    }

    @Test
    void onlyCitedSentencesAreLeftUnderTheirTitle() {
        CitedSentences cited = new CitedSentences(
                List.of(MARKET, TOWER),
                List.of(
                        cite(TOWER, "text", "It was built in 1847."),
                        cite(TOWER, "text", "It is 38 metres high."),
                        cite(TOWER, "text", "It is 38 metres high.")));
        assertEquals(
                List.of(new Document(
                        "merrow",
                        "tower",
                        List.of(
                                new Document.Text("title", "The lighthouse"),
                                new Document.Text("text", "It is 38 metres high.\nIt was built in 1847.")))),
                cited.documents());
    }

    @Test
    void citationsLeadBackToTheDocument() {
        Citation high = cite(TOWER, "text", "It is 38 metres high.");
        Citation built = cite(TOWER, "text", "It was built in 1847.");
        Citation friday = cite(MARKET, "text", "It is held on Fridays.");
        CitedSentences cited = new CitedSentences(List.of(TOWER, MARKET), List.of(high, built, friday));
        assertEquals(2, cited.documents().size());
        for (Citation wanted : List.of(high, built)) {
            String words = TEXT.substring(wanted.start(), wanted.end());
            assertEquals(wanted, cited.original(cite(cited.documents().getFirst(), "text", words)));
        }
        assertEquals(friday, cited.original(friday));
    }

    @Test
    void aCitedTitleIsItself() {
        Citation title = cite(TOWER, "title", "The lighthouse");
        CitedSentences cited = new CitedSentences(List.of(TOWER), List.of(title));
        assertEquals(
                List.of(TOWER.texts().getFirst()), cited.documents().getFirst().texts());
        assertEquals(title, cited.original(title));
    }

    @Test
    void spansThatOverlapGiveEachWordOnce() {
        CitedSentences cited = new CitedSentences(
                List.of(MARKET),
                List.of(
                        new Citation(1, "merrow", "market", "text", 0, 10),
                        new Citation(1, "merrow", "market", "text", 6, 22)));
        assertEquals(
                "It is held\n on Fridays.",
                cited.documents().getFirst().texts().getFirst().value());
        assertEquals(
                new Citation(1, "merrow", "market", "text", 14, 21),
                cited.original(new Citation(1, "merrow", "market", "text", 15, 22)));
    }

    @Test
    void withoutCitationsNothingIsLeft() {
        assertTrue(new CitedSentences(List.of(TOWER, MARKET), List.of())
                .documents()
                .isEmpty());
    }
}
