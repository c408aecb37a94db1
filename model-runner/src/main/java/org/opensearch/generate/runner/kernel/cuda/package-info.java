// SPDX-License-Identifier: Apache-2.0

/**
 * Kernels on NVIDIA cards, through the driver's library alone. Start at {@link
 * org.opensearch.generate.runner.kernel.cuda.CudaKernels}; the kernels themselves are in {@code src/main/cuda}. Must not know of
 * models.
 */
@NullMarked
package org.opensearch.generate.runner.kernel.cuda;

import org.jspecify.annotations.NullMarked;
