// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Holds a model's tensors against its configuration: each one the architecture has must be there with its shape, and none may be
 * there that the architecture does not have, since leaving out a part of a model gives wrong answers without an error.
 */
final class ModelTensors {
    /** Read into the configuration, not into the model; or superfluous tables of older files. */
    private static final Set<String> ELSEWHERE =
            Set.of("rope_freqs.weight", "rope_factors_short.weight", "rope_factors_long.weight");

    private final Path path;
    private final Map<String, Tensor> tensors;
    private final Set<String> known = new HashSet<>(ELSEWHERE);

    private ModelTensors(Path path, Map<String, Tensor> tensors) {
        this.path = path;
        this.tensors = tensors;
    }

    /** Throws {@link ModelFileException} for the first tensor that is missing, misshapen or superfluous. */
    static void check(Path path, ModelConfig config, Map<String, Tensor> tensors) {
        ModelTensors check = new ModelTensors(path, tensors);
        check.matrix("token_embd.weight", config.vocabulary(), config.hidden());
        check.vector("output_norm.weight", config.hidden());
        if (!config.tiedEmbeddings()) {
            check.matrix("output.weight", config.vocabulary(), config.hidden());
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            check.layer("blk." + layer + ".", config);
        }
        for (String name : tensors.keySet()) {
            if (!check.known.contains(name)) {
                throw check.wrong(
                        name, "is no part of a " + config.architecture() + " model of " + config.layers() + " layers");
            }
        }
    }

    private void layer(String block, ModelConfig config) {
        int hidden = config.hidden();
        int queries = config.heads() * config.headDim();
        int keys = config.kvHeads() * config.headDim();
        vector(block + "attn_norm.weight", hidden);
        matrix(block + "attn_q.weight", queries, hidden);
        matrix(block + "attn_k.weight", keys, hidden);
        matrix(block + "attn_v.weight", keys, hidden);
        matrix(block + "attn_output.weight", hidden, queries);
        boolean biases = config.architecture().equals("qwen2");
        vector(block + "attn_q.bias", queries, biases);
        vector(block + "attn_k.bias", keys, biases);
        vector(block + "attn_v.bias", keys, biases);
        vector(block + "attn_output.bias", hidden, false);
        if (config.architecture().equals("qwen3")) {
            vector(block + "attn_q_norm.weight", config.headDim());
            vector(block + "attn_k_norm.weight", config.headDim());
        }
        vector(block + "ffn_norm.weight", hidden);
        matrix(block + "ffn_gate.weight", config.feedForward(), hidden);
        matrix(block + "ffn_up.weight", config.feedForward(), hidden);
        matrix(block + "ffn_down.weight", hidden, config.feedForward());
    }

    private void vector(String name, int elements) {
        vector(name, elements, true);
    }

    private void vector(String name, int elements, boolean required) {
        if (required || tensors.containsKey(name)) {
            Tensor vector = matrix(name, 1, elements);
            if (!vector.type().isFloat()) {
                throw wrong(name, "is " + vector.type() + ", wanted F32, F16 or BF16");
            }
        }
    }

    private Tensor matrix(String name, int rows, int columns) {
        known.add(name);
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw wrong(name, "is missing, wanted " + rows + " x " + columns);
        }
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw wrong(name, "is " + tensor.rows() + " x " + tensor.columns() + ", wanted " + rows + " x " + columns);
        }
        return tensor;
    }

    private ModelFileException wrong(String name, String problem) {
        return new ModelFileException(path, 0, "tensor " + name + " " + problem);
    }
}
