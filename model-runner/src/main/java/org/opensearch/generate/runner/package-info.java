// SPDX-License-Identifier: Apache-2.0

/** A model ready to answer: start at {@link org.opensearch.generate.runner.LanguageModel}. Knows nothing of search. */
@NullMarked
package org.opensearch.generate.runner;

import org.jspecify.annotations.NullMarked;
