// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.TotalHits;
import org.junit.jupiter.api.Test;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.generate.rag.Document.Text;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHit.NestedIdentity;
import org.opensearch.search.SearchHits;

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
        assertEquals(
                List.of(),
                Document.of(new SearchHit(1), new ContextOptions(List.of("text"), 0))
                        .texts());
    }

    private static SearchHit chunked(NestedIdentity... matched) {
        SearchHit hit = new SearchHit(1).sourceRef(new BytesArray("""
                {"title": "T", "chunks": [{"text": "c0"}, {"text": "c1"}, {"text": "c2"}, {"text": "c3"}, {"text": "c4"}],
                 "parts": [{"lines": [{"text": "a0"}, {"text": "a1"}]}, {"lines": [{"text": "b0"}, {"text": "b1"}]}]}"""));
        SearchHit[] inner = Arrays.stream(matched)
                .map(identity -> new SearchHit(2, "id", identity, Map.of(), Map.of()))
                .toArray(SearchHit[]::new);
        hit.setInnerHits(
                Map.of("chunks", new SearchHits(inner, new TotalHits(inner.length, TotalHits.Relation.EQUAL_TO), 1)));
        return hit;
    }

    private static List<String> values(SearchHit hit, List<String> fields, int neighbors) {
        return Document.of(hit, new ContextOptions(fields, 0, neighbors)).texts().stream()
                .map(Text::value)
                .toList();
    }

    @Test
    void theMatchedChunkIsContextWithItsNeighbors() {
        SearchHit first = chunked(new NestedIdentity("chunks", 0, null));
        assertEquals(List.of("T", "c0", "c1"), values(first, List.of("title", "chunks.text"), 1));
        assertEquals(List.of("T", "c0"), values(first, List.of("title", "chunks.text"), 0));
        assertEquals(List.of("c0", "c1"), values(first, List.of(), 1));
        SearchHit two = chunked(new NestedIdentity("chunks", 4, null), new NestedIdentity("chunks", 1, null));
        assertEquals(List.of("c1", "c4"), values(two, List.of("chunks.text"), 0));
        assertEquals(List.of("c0", "c1", "c2", "c3", "c4"), values(two, List.of("chunks.text"), 1));
        assertEquals(
                "chunks[1].text",
                Document.of(two, new ContextOptions(List.of("chunks.text"), 0, 0))
                        .texts()
                        .getFirst()
                        .field());
        SearchHit deep = chunked(new NestedIdentity("parts", 1, new NestedIdentity("lines", 0, null)));
        assertEquals(List.of("b0"), values(deep, List.of("parts.lines.text"), 0));
        assertEquals(List.of("c0", "c1", "c2", "c3", "c4"), values(chunked(), List.of("chunks.text"), 0));
    }
}
