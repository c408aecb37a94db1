// SPDX-License-Identifier: Apache-2.0

/**
 * The JSON files beside a model, read with limits: start at {@link org.opensearch.generate.loader.json.JsonObject}. Knows
 * nothing of what the values mean.
 */
@NullMarked
package org.opensearch.generate.loader.json;

import org.jspecify.annotations.NullMarked;
