// SPDX-License-Identifier: Apache-2.0

/** What the command lines have in common. */
@NullMarked
package org.opensearch.generate.benchmarks.options;

import org.jspecify.annotations.NullMarked;
