// SPDX-License-Identifier: Apache-2.0

/**
 * The operations in C, for processors with and without wide vectors: start at {@link
 * org.opensearch.generate.runner.kernel.cpu.CpuKernels}. The C sources are in {@code src/main/c}; only {@link
 * org.opensearch.generate.runner.kernel.cpu.CpuLibrary} calls them.
 */
@NullMarked
package org.opensearch.generate.runner.kernel.cpu;

import org.jspecify.annotations.NullMarked;
