// SPDX-License-Identifier: Apache-2.0
/**
 * Answers that are asked for now and read later. Start at KeptAnswers, which holds them; the actions begin one, read it and remove
 * it.
 */
@NullMarked
package org.opensearch.generate.action.async;

import org.jspecify.annotations.NullMarked;
