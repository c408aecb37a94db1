// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.action.scope}. */
@NullMarked
package org.opensearch.generate.action.scope;

import org.jspecify.annotations.NullMarked;
