// SPDX-License-Identifier: Apache-2.0

/** The command line: a model without a node. Start at {@link org.opensearch.generate.runner.cli.Generate}. */
@NullMarked
package org.opensearch.generate.runner.cli;

import org.jspecify.annotations.NullMarked;
