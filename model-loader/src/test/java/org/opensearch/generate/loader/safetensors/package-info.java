// SPDX-License-Identifier: Apache-2.0

/**
 * Tests of the reader of Hugging Face folders, and {@link org.opensearch.generate.loader.safetensors.TinySafetensors}, which
 * writes files for it.
 */
@NullMarked
package org.opensearch.generate.loader.safetensors;

import org.jspecify.annotations.NullMarked;
