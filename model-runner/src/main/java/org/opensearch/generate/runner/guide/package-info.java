// SPDX-License-Identifier: Apache-2.0
/**
 * Guided generation: which tokens may come next, so that the text stays in a language.
 *
 * <p>Start at {@link org.opensearch.generate.runner.guide.Rule}: languages are rules over bytes that call each other. A {@link
 * org.opensearch.generate.runner.guide.GuideState} is where a text stands in them, and {@link
 * org.opensearch.generate.runner.guide.TokenMasks} turns it into the tokens of a vocabulary that may follow. Knows nothing of
 * requests, models and threads.
 */
@NullMarked
package org.opensearch.generate.runner.guide;

import org.jspecify.annotations.NullMarked;
