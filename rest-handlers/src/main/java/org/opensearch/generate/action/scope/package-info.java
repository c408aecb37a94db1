// SPDX-License-Identifier: Apache-2.0
/**
 * What an answer is about: all hits ({@code "scope": "answer"}), each hit by itself, or what each shard's hits come down to. Start
 * at {@link org.opensearch.generate.action.scope.Scope}. Knows nothing of REST.
 */
@NullMarked
package org.opensearch.generate.action.scope;

import org.jspecify.annotations.NullMarked;
