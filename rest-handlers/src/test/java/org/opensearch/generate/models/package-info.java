// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.models}. */
@NullMarked
package org.opensearch.generate.models;

import org.jspecify.annotations.NullMarked;
