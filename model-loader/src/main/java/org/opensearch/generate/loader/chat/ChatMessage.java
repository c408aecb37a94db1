// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content its text, any characters; never interpreted
 */
public record ChatMessage(String role, String content) {}
