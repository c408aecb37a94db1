// SPDX-License-Identifier: Apache-2.0
/**
 * Drafts of the tokens that will come, so that one step can check many. Start with {@link
 * org.opensearch.generate.runner.speculate.Drafter}. Knows tokens only: nothing of models, pages or steps.
 */
@NullMarked
package org.opensearch.generate.runner.speculate;

import org.jspecify.annotations.NullMarked;
