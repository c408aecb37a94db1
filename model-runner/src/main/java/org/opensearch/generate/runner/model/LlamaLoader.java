// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/** Brings the tensors of a model to the device, each checked against the configuration, one by one. */
final class LlamaLoader {
    private static final List<String> ARCHITECTURES = List.of("llama", "mistral", "qwen2", "qwen3");
    private static final int MATRICES_OF_A_LAYER = 7;

    private final ModelSource source;
    private final ModelConfig config;
    private final Target memory;
    private final LoadProgress progress;
    private final int matrices;
    private int packed;

    /** Where tensors go. */
    interface Target {
        /** A matrix. */
        PackedMatrix pack(Tensor weight, @Nullable Tensor bias);

        /** A vector, as floats. */
        Buffer vector(Tensor tensor);

        /** All matrices have been packed. */
        void keepMatrices(LoadProgress progress);
    }

    LlamaLoader(ModelSource source, Target memory, LoadProgress progress) {
        this.source = source;
        this.config = source.config();
        this.memory = memory;
        this.progress = progress;
        this.matrices = config.layers() * MATRICES_OF_A_LAYER + (config.tiedEmbeddings() ? 1 : 2);
    }

    LlamaWeights load() {
        checkConfig();
        progress.step("weights", 0, matrices);
        PackedMatrix embedding = matrix("token_embd", config.vocabulary(), config.hidden());
        List<LlamaWeights.Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer("blk." + i + "."));
        }
        Buffer outputNorm = vector("output_norm.weight", config.hidden());
        PackedMatrix output =
                config.tiedEmbeddings() ? embedding : matrix("output", config.vocabulary(), config.hidden());
        memory.keepMatrices(progress);
        return new LlamaWeights(embedding, layers, outputNorm, output);
    }

    private LlamaWeights.Layer layer(String name) {
        int query = config.heads() * config.headDim();
        int keyValue = config.kvHeads() * config.headDim();
        return new LlamaWeights.Layer(
                vector(name + "attn_norm.weight", config.hidden()),
                List.of(
                        matrix(name + "attn_q", query, config.hidden()),
                        matrix(name + "attn_k", keyValue, config.hidden()),
                        matrix(name + "attn_v", keyValue, config.hidden())),
                headNorm(name + "attn_q_norm.weight"),
                headNorm(name + "attn_k_norm.weight"),
                matrix(name + "attn_output", config.hidden(), query),
                vector(name + "ffn_norm.weight", config.hidden()),
                List.of(
                        matrix(name + "ffn_gate", config.feedForward(), config.hidden()),
                        matrix(name + "ffn_up", config.feedForward(), config.hidden())),
                matrix(name + "ffn_down", config.hidden(), config.feedForward()));
    }

    private PackedMatrix matrix(String name, int rows, int columns) {
        Tensor weight = checked(source.tensor(name + ".weight"), rows, columns);
        Tensor bias = source.tryTensor(name + ".bias").orElse(null);
        PackedMatrix matrix = memory.pack(weight, bias == null ? null : checkedVector(bias, rows));
        progress.step("weights", ++packed, matrices);
        return matrix;
    }

    private Optional<Buffer> headNorm(String name) {
        return config.architecture().equals("qwen3") ? Optional.of(vector(name, config.headDim())) : Optional.empty();
    }

    private Buffer vector(String name, int columns) {
        return memory.vector(checkedVector(source.tensor(name), columns));
    }

    private Tensor checkedVector(Tensor vector, int columns) {
        if (!vector.type().isFloat()) {
            throw wrong(vector.name() + " is a vector of type " + vector.type() + ", a float type is wanted");
        }
        return checked(vector, 1, columns);
    }

    private Tensor checked(Tensor tensor, int rows, int columns) {
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw wrong(tensor.name() + " has " + tensor.rows() + " rows of " + tensor.columns()
                    + ", the configuration wants " + rows + " rows of " + columns);
        }
        return tensor;
    }

    private void checkConfig() {
        if (!ARCHITECTURES.contains(config.architecture())) {
            throw wrong("architecture " + config.architecture() + " is not among " + ARCHITECTURES);
        }
        if (config.kvHeads() < 1 || config.heads() % config.kvHeads() != 0) {
            throw wrong(config.heads() + " query heads cannot share " + config.kvHeads() + " key heads evenly");
        }
        int dims = config.rope().dims();
        if (dims < 2 || dims % 2 != 0 || dims > config.headDim()) {
            throw wrong("rotary embedding of " + dims + " elements does not fit heads of " + config.headDim());
        }
        checkFactors("short", config.rope().shortFactors());
        checkFactors("long", config.rope().longFactors());
    }

    private void checkFactors(String kind, float[] factors) {
        if (factors.length != 0 && factors.length != config.rope().dims() / 2) {
            throw wrong(factors.length + " " + kind + " rotary factors, "
                    + config.rope().dims() / 2 + " are wanted");
        }
    }

    private ModelFileException wrong(String problem) {
        return new ModelFileException(source.path(), 0, problem);
    }
}
