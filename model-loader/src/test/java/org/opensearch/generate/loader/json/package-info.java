// SPDX-License-Identifier: Apache-2.0

/** Tests of the JSON reader, and {@link org.opensearch.generate.loader.json.TinyJson}, which writes JSON for it. */
@NullMarked
package org.opensearch.generate.loader.json;

import org.jspecify.annotations.NullMarked;
