// SPDX-License-Identifier: Apache-2.0
/** The plugin class: settings, wiring, breaker, thread pools, life cycle. Start at GeneratePlugin. */
@NullMarked
package org.opensearch.generate.plugin;

import org.jspecify.annotations.NullMarked;
