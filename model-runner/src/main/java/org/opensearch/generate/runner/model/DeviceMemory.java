// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.weights.WeightCache;

/** Everything that a model holds on its device, so that all of it goes back at once: at the end, or when a load fails half way. */
final class DeviceMemory implements LlamaLoader.Target, AutoCloseable {
    private final Kernels kernels;
    private final Deque<Runnable> frees = new ArrayDeque<>();
    private final WeightCache cache;
    private final List<PackedMatrix> matrices = new ArrayList<>();

    /** Takes memory of {@code kernels}; matrices that {@code cache} has need not be packed. */
    DeviceMemory(Kernels kernels, WeightCache cache) {
        this.kernels = kernels;
        this.cache = cache;
    }

    Buffer allocate(String what, DataType type, long rows, long columns) {
        Buffer buffer = kernels.allocate(what, type, rows, columns);
        frees.push(() -> kernels.free(buffer));
        return buffer;
    }

    Activations allocateActivations(String what, int maxTokens, int columns) {
        Activations activations = kernels.allocateActivations(what, maxTokens, columns);
        frees.push(() -> kernels.free(activations));
        return activations;
    }

    KvPages allocatePages(ModelConfig config, DataType type, int pages) {
        KvPages allocated = new KvPages(kernels, config, type, pages);
        frees.push(allocated::close);
        return allocated;
    }

    @Override
    public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        PackedMatrix matrix = cache.matrix(weight, bias, kernels);
        frees.push(() -> kernels.free(matrix));
        matrices.add(matrix);
        return matrix;
    }

    /** Bytes of all matrices. */
    long packedBytes() {
        return matrices.stream().mapToLong(PackedMatrix::bytes).sum();
    }

    /** Lets the cache have all matrices. */
    @Override
    public void keepMatrices(LoadProgress progress) {
        cache.keep(matrices, progress);
    }

    @Override
    public Buffer vector(Tensor tensor) {
        float[] values = new float[tensor.columns()];
        Dequantizer.of(tensor).row(0, values);
        return floats(tensor.name(), 1, values);
    }

    Buffer floats(String what, int rows, float[] values) {
        Buffer buffer = allocate(what, DataType.F32, rows, values.length / rows);
        kernels.upload(values, values.length, buffer);
        return buffer;
    }

    @Override
    public void close() {
        while (!frees.isEmpty()) {
            frees.pop().run();
        }
    }
}
