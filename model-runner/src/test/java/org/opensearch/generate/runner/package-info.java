// SPDX-License-Identifier: Apache-2.0

/** What tests of several packages share. */
@NullMarked
package org.opensearch.generate.runner;

import org.jspecify.annotations.NullMarked;
