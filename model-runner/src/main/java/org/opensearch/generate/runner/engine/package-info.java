// SPDX-License-Identifier: Apache-2.0

/** Requests in, tokens out: start at Engine, then Scheduler. One thread owns all state here. Knows nothing of devices. */
@NullMarked
package org.opensearch.generate.runner.engine;

import org.jspecify.annotations.NullMarked;
