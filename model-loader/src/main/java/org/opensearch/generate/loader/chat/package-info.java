// SPDX-License-Identifier: Apache-2.0

/**
 * Conversations become prompts by the model's own Jinja template; text inside a message stays data. Start at
 * {@link org.opensearch.generate.loader.chat.ChatTemplates}, then {@link org.opensearch.generate.loader.chat.JinjaTemplate}.
 *
 * <p>A template goes through {@link org.opensearch.generate.loader.chat.Lexer}, then
 * {@link org.opensearch.generate.loader.chat.TemplateParser} and
 * {@link org.opensearch.generate.loader.chat.ExpressionParser}, which make closures of it. Strings are
 * {@link org.opensearch.generate.loader.chat.Text}, which knows what came from a message. The language is the part of Jinja that
 * published chat templates use; an unknown filter, test, method or statement is an error that names it and what is known.
 */
@NullMarked
package org.opensearch.generate.loader.chat;

import org.jspecify.annotations.NullMarked;
