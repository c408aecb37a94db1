// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.action}. */
@NullMarked
package org.opensearch.generate.action;

import org.jspecify.annotations.NullMarked;
