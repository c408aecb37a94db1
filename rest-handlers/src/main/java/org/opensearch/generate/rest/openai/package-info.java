// SPDX-License-Identifier: Apache-2.0
/**
 * OpenAI's paths, bodies and errors, over the same answers. Start at RestCompletionsHandler; OpenAiBody turns a body into ours,
 * CompletionForm turns an answer into theirs.
 */
@NullMarked
package org.opensearch.generate.rest.openai;

import org.jspecify.annotations.NullMarked;
