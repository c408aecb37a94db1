// SPDX-License-Identifier: Apache-2.0

/** A model's files, read: start at {@link org.opensearch.generate.loader.ModelSource}. Knows nothing of devices, engines or OpenSearch. */
@NullMarked
package org.opensearch.generate.loader;

import org.jspecify.annotations.NullMarked;
