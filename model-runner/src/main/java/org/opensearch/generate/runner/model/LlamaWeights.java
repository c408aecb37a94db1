// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.List;
import java.util.Optional;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * The weights of a {@link LlamaModel}.
 *
 * @param embedding {@code [vocabulary, hidden]}
 * @param layers the transformer blocks
 * @param outputNorm {@code [hidden]}
 * @param output {@code [vocabulary, hidden]}; the embedding where tied
 */
record LlamaWeights(PackedMatrix embedding, List<Layer> layers, Buffer outputNorm, PackedMatrix output) {
    /**
     * One transformer block.
     *
     * @param attentionNorm {@code [hidden]}
     * @param queryKeyValue three matrices that share their input
     * @param queryNorm {@code [headDim]}, where the architecture has one
     * @param keyNorm {@code [headDim]}, where the architecture has one
     * @param attentionOutput {@code [hidden, heads * headDim]}
     * @param feedForwardNorm {@code [hidden]}
     * @param gateUp two matrices that share their input
     * @param down {@code [hidden, feedForward]}
     */
    record Layer(
            Buffer attentionNorm,
            List<PackedMatrix> queryKeyValue,
            Optional<Buffer> queryNorm,
            Optional<Buffer> keyNorm,
            PackedMatrix attentionOutput,
            Buffer feedForwardNorm,
            List<PackedMatrix> gateUp,
            PackedMatrix down) {}
}
