// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import java.util.Map;

/**
 * One look at a node.
 *
 * @param seconds since the load began
 * @param values by name of what was looked at; what is looked at less often is missing in some
 */
record Sample(double seconds, Map<String, Long> values) {}
