// SPDX-License-Identifier: Apache-2.0

/** Two servers or two programs measured in turns. Start at {@link org.opensearch.generate.benchmarks.compare.CompareCommand}. */
@NullMarked
package org.opensearch.generate.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
