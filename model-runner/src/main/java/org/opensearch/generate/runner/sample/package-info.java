// SPDX-License-Identifier: Apache-2.0

/** From logits to a token: penalties, temperature, truncation, a counter-based draw. */
@NullMarked
package org.opensearch.generate.runner.sample;

import org.jspecify.annotations.NullMarked;
