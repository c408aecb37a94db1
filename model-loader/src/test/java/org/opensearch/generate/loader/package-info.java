// SPDX-License-Identifier: Apache-2.0

/**
 * Small models made for tests: start at {@link org.opensearch.generate.loader.TinyModel}. Other modules use it through this
 * module's test jar.
 */
@NullMarked
package org.opensearch.generate.loader;

import org.jspecify.annotations.NullMarked;
