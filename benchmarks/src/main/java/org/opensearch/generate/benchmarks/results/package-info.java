// SPDX-License-Identifier: Apache-2.0

/**
 * What was measured, one JSON object a line: {@link org.opensearch.generate.benchmarks.results.ResultFile}. Knows nothing of how
 * it was measured.
 */
@NullMarked
package org.opensearch.generate.benchmarks.results;

import org.jspecify.annotations.NullMarked;
