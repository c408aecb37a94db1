// SPDX-License-Identifier: Apache-2.0

/**
 * What it is worth to send documents together that a model writes to: {@link
 * org.opensearch.generate.benchmarks.ingest.IngestCommand}. Sees nodes over HTTP.
 */
@NullMarked
package org.opensearch.generate.benchmarks.ingest;

import org.jspecify.annotations.NullMarked;
