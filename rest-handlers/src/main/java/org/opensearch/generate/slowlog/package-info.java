// SPDX-License-Identifier: Apache-2.0
/** A line in the log for each answer that took long. Start at SlowLog; Phase and Level name its thresholds. */
@NullMarked
package org.opensearch.generate.slowlog;

import org.jspecify.annotations.NullMarked;
