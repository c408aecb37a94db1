// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

/**
 * A piece of a rendered prompt.
 *
 * @param text its text
 * @param trusted whether control tokens written in {@code text} are meant (the template's own words), or are only text
 */
public record PromptPiece(String text, boolean trusted) {}
