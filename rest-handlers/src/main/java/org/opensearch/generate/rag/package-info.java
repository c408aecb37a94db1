// SPDX-License-Identifier: Apache-2.0
/**
 * Retrieval-augmented generation: documents in, a checked answer out. Start at Answering, which packs passages into a prompt
 * (PromptAssembly), asks the engine, and checks what the answer cites (Citations). Knows nothing of REST and of transport
 * actions.
 */
@NullMarked
package org.opensearch.generate.rag;

import org.jspecify.annotations.NullMarked;
