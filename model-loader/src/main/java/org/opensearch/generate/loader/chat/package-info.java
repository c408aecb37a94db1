// SPDX-License-Identifier: Apache-2.0

/** Conversations become prompts by the model's own Jinja template; text inside a message stays data. */
@NullMarked
package org.opensearch.generate.loader.chat;

import org.jspecify.annotations.NullMarked;
