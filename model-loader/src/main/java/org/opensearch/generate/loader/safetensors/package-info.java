// SPDX-License-Identifier: Apache-2.0

/**
 * Hugging Face folders with safetensors: start at {@link org.opensearch.generate.loader.safetensors.HuggingFaceFolder}. Tensors
 * get the canonical names of {@link org.opensearch.generate.loader.Tensor}. Trusts nothing that a file says.
 */
@NullMarked
package org.opensearch.generate.loader.safetensors;

import org.jspecify.annotations.NullMarked;
