// SPDX-License-Identifier: Apache-2.0
/** REST handlers: paths and bodies in, actions and replies out. Start at RestGenerateHandler. Knows nothing of models. */
@NullMarked
package org.opensearch.generate.rest;

import org.jspecify.annotations.NullMarked;
