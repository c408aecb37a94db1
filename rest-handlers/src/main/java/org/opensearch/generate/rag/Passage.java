// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.List;

/**
 * What the model sees of a document.
 *
 * @param marker its number in the prompt, from 1
 * @param index the document's index
 * @param id the document's id
 * @param parts its texts, as far as they are shown
 */
public record Passage(int marker, String index, String id, List<Part> parts) {
    private static final int LONGEST_HEADING = 120;

    /**
     * A text of a document, or its beginning.
     *
     * @param field where it stands
     * @param value the whole text
     * @param shown how many characters of it the model sees
     */
    public record Part(String field, String value, int shown) {
        String text() {
            return value.substring(0, shown);
        }
    }

    /** {@code [1] title: text}, the first text as title if it is a short line and others follow. */
    String prompt() {
        StringBuilder prompt = new StringBuilder("[").append(marker).append("] ");
        for (int i = 0; i < parts.size(); i++) {
            String text = parts.get(i).text().strip();
            if (i > 0) {
                prompt.append(i == 1 && isHeading(parts.getFirst()) ? ": " : "\n");
            }
            prompt.append(text);
        }
        return prompt.toString();
    }

    private static boolean isHeading(Part part) {
        return part.shown <= LONGEST_HEADING && part.value.indexOf('\n') < 0;
    }
}
