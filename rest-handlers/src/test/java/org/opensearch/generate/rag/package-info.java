// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.rag}. */
@NullMarked
package org.opensearch.generate.rag;

import org.jspecify.annotations.NullMarked;
