// SPDX-License-Identifier: Apache-2.0

/** KV pages: who holds which page, which prefixes can be found again. Bookkeeping only; the bytes belong to the kernels. */
@NullMarked
package org.opensearch.generate.runner.cache;

import org.jspecify.annotations.NullMarked;
