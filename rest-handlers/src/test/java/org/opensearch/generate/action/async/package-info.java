// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.action.async}. */
@NullMarked
package org.opensearch.generate.action.async;

import org.jspecify.annotations.NullMarked;
