// SPDX-License-Identifier: Apache-2.0

/**
 * JMH benchmarks of single kernels at TinyLlama's shapes, each with the bytes it reads and the operations it does a second, next
 * to {@link org.opensearch.generate.benchmarks.micro.MemoryReadBenchmark}, the limit of this machine. Run with {@code
 * benchmarks/run}.
 */
@NullMarked
package org.opensearch.generate.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
