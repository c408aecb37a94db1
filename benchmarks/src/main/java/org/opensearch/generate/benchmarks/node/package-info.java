// SPDX-License-Identifier: Apache-2.0

/** How the drivers ask a node over HTTP. Knows nothing of what is measured. */
@NullMarked
package org.opensearch.generate.benchmarks.node;

import org.jspecify.annotations.NullMarked;
