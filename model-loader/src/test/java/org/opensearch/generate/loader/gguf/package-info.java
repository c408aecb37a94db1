// SPDX-License-Identifier: Apache-2.0

/** Tests of the GGUF reader, and {@link org.opensearch.generate.loader.gguf.TinyGguf}, which writes files for it. */
@NullMarked
package org.opensearch.generate.loader.gguf;

import org.jspecify.annotations.NullMarked;
