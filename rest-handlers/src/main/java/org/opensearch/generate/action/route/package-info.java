// SPDX-License-Identifier: Apache-2.0
/**
 * Which node answers, and how the answer comes back: start at {@link org.opensearch.generate.action.route.AnswerService}, through
 * which every way in asks a model. Knows nothing of retrieval, REST and processors.
 */
@NullMarked
package org.opensearch.generate.action.route;

import org.jspecify.annotations.NullMarked;
