// SPDX-License-Identifier: Apache-2.0
/**
 * Answers as server-sent events. Start at StreamedAnswer, which reads a body, asks, and hands what comes to AnswerEvents; ChunkForm
 * says what an event looks like. Knows nothing of paths and of body fields.
 */
@NullMarked
package org.opensearch.generate.rest.stream;

import org.jspecify.annotations.NullMarked;
