// SPDX-License-Identifier: Apache-2.0
/** Tests of {@code org.opensearch.generate.plugin}. */
@NullMarked
package org.opensearch.generate.plugin;

import org.jspecify.annotations.NullMarked;
