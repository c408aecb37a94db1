// SPDX-License-Identifier: Apache-2.0

/**
 * GGUF files, versions 2 and 3: start at {@link org.opensearch.generate.loader.gguf.GgufFile}. Trusts nothing that a file says:
 * each count, length and offset is held against the file's size before it is used.
 */
@NullMarked
package org.opensearch.generate.loader.gguf;

import org.jspecify.annotations.NullMarked;
