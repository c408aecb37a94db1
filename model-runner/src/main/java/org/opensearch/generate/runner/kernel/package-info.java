// SPDX-License-Identifier: Apache-2.0

/** The operations a model is made of, and their definition in Java: start at {@link org.opensearch.generate.runner.kernel.Kernels}. */
@NullMarked
package org.opensearch.generate.runner.kernel;

import org.jspecify.annotations.NullMarked;
