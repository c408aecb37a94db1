// SPDX-License-Identifier: Apache-2.0
/**
 * Packed weights kept in files, so that a model is packed once and read from then on. Start with {@link
 * org.opensearch.generate.runner.weights.WeightCache}. Knows nothing of architectures or engines.
 */
@NullMarked
package org.opensearch.generate.runner.weights;

import org.jspecify.annotations.NullMarked;
