// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * Keeps texts from writing what marks a role in a model's chat template.
 *
 * <h2>Idea</h2>
 * Most templates mark roles with control tokens, which the tokenizer never makes of a message. Some mark them with words
 * ({@code [/INST]}, {@code <|user|>} where that is no token of its own): the same words in a passage would be the same tokens. Such
 * words are looked up in what the template itself has written, and wherever a message or a passage has one of them, a space is put
 * behind its first character.
 */
final class RoleMarkers {
    private static final Pattern MARKUP =
            Pattern.compile("<\\|[^|<>\\s]{1,40}\\|>|\\[/?[A-Z_]{2,40}]|<</?[A-Z_]{2,40}>>|</?[a-z_]{1,40}>");

    private RoleMarkers() {}

    /** The pieces, with marks of roles in those of the template alone. */
    static List<PromptPiece> guard(List<PromptPiece> prompt, Tokenizer tokenizer) {
        StringBuilder template = new StringBuilder();
        StringBuilder texts = new StringBuilder();
        for (PromptPiece piece : prompt) {
            (piece.trusted() ? template : texts).append(piece.text());
        }
        Set<String> markers = new LinkedHashSet<>();
        Matcher markup = MARKUP.matcher(template);
        while (markup.find()) {
            String marker = markup.group();
            if (texts.indexOf(marker) >= 0 && tokenizer.encodeWithControlTokens(marker, false).length > 1) {
                markers.add(marker);
            }
        }
        return markers.isEmpty() ? prompt : without(markers, prompt);
    }

    private static List<PromptPiece> without(Set<String> markers, List<PromptPiece> prompt) {
        List<PromptPiece> guarded = new ArrayList<>();
        for (PromptPiece piece : prompt) {
            String text = piece.text();
            if (!piece.trusted()) {
                for (String marker : markers) {
                    text = text.replace(marker, marker.charAt(0) + " " + marker.substring(1));
                }
            }
            guarded.add(new PromptPiece(text, piece.trusted()));
        }
        return guarded;
    }
}
