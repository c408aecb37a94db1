// SPDX-License-Identifier: Apache-2.0
/** Tests of the cache of packed weights. */
@NullMarked
package org.opensearch.generate.runner.weights;

import org.jspecify.annotations.NullMarked;
