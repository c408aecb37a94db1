// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.util.List;

/** A model's chat template. Thread-safe. */
public interface ChatTemplate {
    /**
     * Renders a conversation, with the generation prompt at its end.
     *
     * @param messages the conversation; throws {@link IllegalArgumentException} with the template's own words if the template
     *     refuses it (roles that do not alternate, an unknown role)
     * @return pieces in order, trusted (the template's own text, in which control tokens count) and untrusted (message
     *     contents, in which nothing can become a control token)
     */
    List<PromptPiece> render(List<ChatMessage> messages);
}
