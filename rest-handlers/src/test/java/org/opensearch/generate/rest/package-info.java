// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.rest}. */
@NullMarked
package org.opensearch.generate.rest;

import org.jspecify.annotations.NullMarked;
