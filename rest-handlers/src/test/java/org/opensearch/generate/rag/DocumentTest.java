// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.rag.Document.Text;
import org.opensearch.search.SearchHit;

/** Which texts a document gives. */
class DocumentTest {
    private static final Map<String, Object> SOURCE = source();

    private static Map<String, Object> source() {
        Map<String, Object> source = new LinkedHashMap<>();
        source.put("text", "Body.");
        source.put("title", "Heading");
        source.put("year", 2015);
        source.put("blank", "  ");
        source.put("vector", List.of(0.5, 0.25));
        source.put("tags", List.of("only"));
        source.put("comments", List.of(Map.of("body", "First."), Map.of("other", 1), Map.of("body", "Third.")));
        source.put("a.b", "Dotted.");
        return source;
    }

    @Test
    void namedFieldsComeInTheOrderTheyAreNamed() {
        assertEquals(
                List.of(new Text("title", "Heading"), new Text("text", "Body.")),
                Document.texts(SOURCE, List.of("title", "text", "missing")));
    }

    @Test
    void nestedFieldsKeepTheirPlaceInArrays() {
        assertEquals(
                List.of(new Text("comments[0].body", "First."), new Text("comments[2].body", "Third.")),
                Document.texts(SOURCE, List.of("comments.body")));
        assertEquals(List.of(new Text("a.b", "Dotted.")), Document.texts(SOURCE, List.of("a.b")));
        assertEquals(List.of(new Text("tags", "only")), Document.texts(SOURCE, List.of("tags")));
    }

    @Test
    void withoutFieldsEveryTextIsTakenAndNothingElse() {
        assertEquals(
                List.of("text", "title", "tags", "comments[0].body", "comments[2].body", "a.b"),
                Document.texts(SOURCE, List.of()).stream().map(Text::field).toList());
    }

    @Test
    void aNumberIsTakenIfItIsNamed() {
        assertEquals(List.of(new Text("year", "2015")), Document.texts(SOURCE, List.of("year")));
        assertEquals(List.of(), Document.texts(SOURCE, List.of("yea*")));
    }

    @Test
    void aHitWithoutSourceHasNoTexts() {
        assertEquals(List.of(), Document.of(new SearchHit(1), List.of("text")).texts());
    }
}
