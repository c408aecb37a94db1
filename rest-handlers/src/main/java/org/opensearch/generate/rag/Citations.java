// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.List;

/**
 * An answer whose citations have been checked, by {@link CitationStream}.
 *
 * @param text the answer, with checked markers only
 * @param citations where each marker leads, in the order of the text, each place once
 * @param removed markers taken out
 * @param added markers put in
 */
public record Citations(String text, List<Citation> citations, int removed, int added) {
    /**
     * Checks an answer.
     *
     * @param answer what the model wrote
     * @param passages what it was shown
     * @param question what it was asked
     */
    public static Citations check(String answer, List<Passage> passages, String question) {
        CitationStream stream = new CitationStream(passages, question);
        CitationStream.Piece most = stream.push(answer);
        CitationStream.Piece rest = stream.finish();
        List<Citation> citations = new ArrayList<>(most.citations());
        citations.addAll(rest.citations());
        return new Citations(most.text() + rest.text(), List.copyOf(citations), stream.removed(), stream.added());
    }
}
