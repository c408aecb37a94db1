// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.Document;

/**
 * What is left of documents when only the sentences stay that answers cite, and the way back to the documents themselves.
 *
 * <h2>Idea</h2>
 * The sentences of a field, in its order, are the lines of a new text. A line break ends a sentence, so whoever cites that text
 * cites within a line, and a line knows where it comes from. A document that is cited keeps its title, without which its
 * sentences may say little.
 */
final class CitedSentences {
    private static final int LONGEST_TITLE = 120;

    /** A text of a document. */
    private record Place(String index, String id, String field) {}

    private final List<Document> documents = new ArrayList<>();
    /** Of each new text, by the place where a line begins in it: what to add to get to the document's text. */
    private final Map<Place, NavigableMap<Integer, Integer>> offsets = new HashMap<>();

    /**
     * @param all in rank order
     * @param citations what answers over them cite
     */
    CitedSentences(List<Document> all, Collection<Citation> citations) {
        Map<Place, NavigableMap<Integer, Integer>> spans = new HashMap<>();
        for (Citation citation : citations) {
            spans.computeIfAbsent(place(citation), place -> new TreeMap<>())
                    .merge(citation.start(), citation.end(), Math::max);
        }
        for (Document document : all) {
            List<Document.Text> texts = cited(document, spans);
            if (!texts.isEmpty()) {
                documents.add(new Document(document.index(), document.id(), texts));
            }
        }
    }

    private List<Document.Text> cited(Document document, Map<Place, NavigableMap<Integer, Integer>> spans) {
        List<Document.Text> texts = new ArrayList<>();
        for (Document.Text text : document.texts()) {
            Place place = new Place(document.index(), document.id(), text.field());
            NavigableMap<Integer, Integer> wanted = spans.get(place);
            if (wanted != null) {
                texts.add(new Document.Text(text.field(), lines(place, text.value(), wanted)));
            }
        }
        Document.Text title = title(document);
        if (title != null && !texts.isEmpty() && !texts.getFirst().field().equals(title.field())) {
            texts.addFirst(title);
        }
        return texts;
    }

    private String lines(Place place, String value, NavigableMap<Integer, Integer> spans) {
        StringBuilder lines = new StringBuilder();
        NavigableMap<Integer, Integer> back = new TreeMap<>();
        int done = 0;
        for (Map.Entry<Integer, Integer> span : spans.entrySet()) {
            int start = Math.max(done, span.getKey());
            int end = Math.min(value.length(), span.getValue());
            if (start < end) {
                if (!lines.isEmpty()) {
                    lines.append('\n');
                }
                back.put(lines.length(), start - lines.length());
                lines.append(value, start, end);
                done = end;
            }
        }
        offsets.put(place, back);
        return lines.toString();
    }

    /** The first of several texts, if it is one short line. */
    private static Document.@Nullable Text title(Document document) {
        Document.Text first = document.texts().getFirst();
        boolean isTitle = document.texts().size() > 1
                && first.value().length() <= LONGEST_TITLE
                && first.value().indexOf('\n') < 0;
        return isTitle ? first : null;
    }

    /** What is left, in rank order; documents that nobody cites are gone. */
    List<Document> documents() {
        return List.copyOf(documents);
    }

    /** The same citation with its place in the document itself. */
    Citation original(Citation citation) {
        NavigableMap<Integer, Integer> back = offsets.get(place(citation));
        Map.Entry<Integer, Integer> line = back == null ? null : back.floorEntry(citation.start());
        if (line == null) {
            return citation;
        }
        return new Citation(
                citation.marker(),
                citation.index(),
                citation.id(),
                citation.field(),
                citation.start() + line.getValue(),
                citation.end() + line.getValue());
    }

    private static Place place(Citation citation) {
        return new Place(citation.index(), citation.id(), citation.field());
    }
}
