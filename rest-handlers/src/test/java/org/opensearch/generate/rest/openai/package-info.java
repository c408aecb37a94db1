// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.rest.openai}. */
@NullMarked
package org.opensearch.generate.rest.openai;

import org.jspecify.annotations.NullMarked;
