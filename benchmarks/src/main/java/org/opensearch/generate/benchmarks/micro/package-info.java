// SPDX-License-Identifier: Apache-2.0

/**
 * JMH benchmarks of single kernels at TinyLlama's shapes: what each reads and computes a second, beside the {@link
 * org.opensearch.generate.benchmarks.micro.Limits} of the machine, measured in the same run. Run with {@code benchmarks/run}, which
 * is {@link org.opensearch.generate.benchmarks.micro.MicroCommand}.
 */
@NullMarked
package org.opensearch.generate.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
