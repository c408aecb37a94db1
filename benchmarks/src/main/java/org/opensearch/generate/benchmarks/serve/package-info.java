// SPDX-License-Identifier: Apache-2.0

/**
 * Serving scenarios against any OpenAI-style or {@code _generate} URL. Start at {@link
 * org.opensearch.generate.benchmarks.serve.ServeCommand}: a {@link org.opensearch.generate.benchmarks.serve.Scenario} is read,
 * {@link org.opensearch.generate.benchmarks.serve.ScenarioRun} sends its requests through a {@link
 * org.opensearch.generate.benchmarks.serve.Client}, and {@link org.opensearch.generate.benchmarks.serve.Summary} makes numbers of
 * their {@link org.opensearch.generate.benchmarks.serve.Exchange}s. Sees servers over HTTP only.
 */
@NullMarked
package org.opensearch.generate.benchmarks.serve;

import org.jspecify.annotations.NullMarked;
