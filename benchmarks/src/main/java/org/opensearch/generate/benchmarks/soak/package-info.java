// SPDX-License-Identifier: Apache-2.0

/**
 * Long mixed load on real nodes, and what it leaves behind. Start at {@link
 * org.opensearch.generate.benchmarks.soak.SoakCommand}: {@link org.opensearch.generate.benchmarks.soak.Traffic} sends requests of
 * every kind, {@link org.opensearch.generate.benchmarks.soak.NodeWatch} looks at the nodes meanwhile, and {@link
 * org.opensearch.generate.benchmarks.soak.Verdict} says what grew. Sees nodes over HTTP, and their processes as the system shows
 * them.
 */
@NullMarked
package org.opensearch.generate.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
