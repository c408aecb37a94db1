// SPDX-License-Identifier: Apache-2.0

/** Text to token ids and back, through DJL's tokenizers. */
@NullMarked
package org.opensearch.generate.loader.tokenizer;

import org.jspecify.annotations.NullMarked;
