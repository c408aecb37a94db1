// SPDX-License-Identifier: Apache-2.0

/**
 * The runner as a DJL engine, for Java programs without OpenSearch: a {@code Criteria} with {@code optEngine("Generate")}, a
 * model's path and a {@link org.opensearch.generate.runner.djl.GenerateTranslatorFactory} gives a model whose predictors answer.
 */
@NullMarked
package org.opensearch.generate.runner.djl;

import org.jspecify.annotations.NullMarked;
