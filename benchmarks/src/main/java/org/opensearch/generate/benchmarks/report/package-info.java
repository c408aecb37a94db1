// SPDX-License-Identifier: Apache-2.0

/** The table and the plot of docs/performance.md. Start at {@link org.opensearch.generate.benchmarks.report.ReportCommand}. */
@NullMarked
package org.opensearch.generate.benchmarks.report;

import org.jspecify.annotations.NullMarked;
