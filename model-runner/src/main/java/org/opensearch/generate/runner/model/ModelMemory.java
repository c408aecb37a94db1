// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.MatrixLayout;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * The memory that a {@link LlamaModel} takes, to the byte, known from the heads of its files before anything is read or taken.
 *
 * @param weightBytes matrices as they are packed, and vectors
 * @param scratchBytes what one step works in
 */
public record ModelMemory(long weightBytes, long scratchBytes) {
    /**
     * Of a model that is opened.
     *
     * @throws org.opensearch.generate.loader.ModelFileException if the files are wrong
     */
    public static ModelMemory of(ModelSource source, int maxBatchRows, int maxContext) {
        Weights weights = new Weights();
        new LlamaLoader(source, weights, LoadProgress.NONE).load();
        return new ModelMemory(weights.bytes, scratch(source.config(), maxBatchRows, maxContext));
    }

    private static long scratch(ModelConfig config, long rows, int maxContext) {
        long query = (long) config.heads() * config.headDim();
        long qkv = query + 2L * config.kvHeads() * config.headDim();
        long rope = (long) maxContext * config.rope().dims();
        long batch = rows * (BatchUpload.VECTORS + Math.ceilDiv(maxContext, KvCache.PAGE));
        long floats = rows * (2L * config.hidden() + qkv + query + 2L * config.feedForward());
        long last = Math.min(LlamaModel.LOGIT_ROWS, rows) * (config.hidden() + qkv + config.vocabulary());
        return Float.BYTES * (rope + batch + floats + last)
                + rows
                        * (Activations.rowBytes(config.hidden())
                                + Activations.rowBytes((int) query)
                                + Activations.rowBytes(config.feedForward()));
    }

    /** Counts what weights take, and takes nothing. */
    private static final class Weights implements LlamaLoader.Target {
        private long bytes;

        private Buffer count(String what, DataType type, long rows, long columns) {
            Buffer buffer = new Buffer(what, type, rows, columns, MemorySegment.NULL);
            bytes += buffer.bytes();
            return buffer;
        }

        @Override
        public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
            return MatrixLayout.allocate(weight, bias, this::count);
        }

        @Override
        public Buffer vector(Tensor tensor) {
            return count(tensor.name(), DataType.F32, 1, tensor.columns());
        }

        @Override
        public void keepMatrices(LoadProgress progress) {}
    }
}
