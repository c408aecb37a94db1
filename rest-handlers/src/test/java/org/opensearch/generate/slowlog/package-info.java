// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.slowlog}. */
@NullMarked
package org.opensearch.generate.slowlog;

import org.jspecify.annotations.NullMarked;
