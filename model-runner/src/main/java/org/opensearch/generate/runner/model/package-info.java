// SPDX-License-Identifier: Apache-2.0

/** Transformer architectures written once against {@link org.opensearch.generate.runner.kernel.Kernels}. Never asks which device it is on. */
@NullMarked
package org.opensearch.generate.runner.model;

import org.jspecify.annotations.NullMarked;
