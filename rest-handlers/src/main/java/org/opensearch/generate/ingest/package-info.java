// SPDX-License-Identifier: Apache-2.0
/**
 * Ingest processors. {@code generate} writes what a model makes of a document: GenerateProcessor hands batches to Enrichment,
 * whose prompts stand in an EngineLine for each model. {@code generate_chunk} splits texts by a model's tokenizer
 * (ChunkProcessor, Splitter). IngestEngine is what they share. Knows nothing of REST and of retrieval.
 */
@NullMarked
package org.opensearch.generate.ingest;

import org.jspecify.annotations.NullMarked;
