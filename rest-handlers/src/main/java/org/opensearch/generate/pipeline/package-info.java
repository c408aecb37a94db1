// SPDX-License-Identifier: Apache-2.0
/** Answers and questions in search pipelines: what a search with {@code search_pipeline} meets. */
@NullMarked
package org.opensearch.generate.pipeline;

import org.jspecify.annotations.NullMarked;
