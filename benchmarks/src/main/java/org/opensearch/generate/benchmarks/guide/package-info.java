// SPDX-License-Identifier: Apache-2.0
/** What guided generation costs. */
@NullMarked
package org.opensearch.generate.benchmarks.guide;

import org.jspecify.annotations.NullMarked;
