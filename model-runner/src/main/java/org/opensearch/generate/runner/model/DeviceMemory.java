// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/** Everything that a model holds on its device, so that all of it goes back at once: at the end, or when a load fails half way. */
final class DeviceMemory implements AutoCloseable {
    private final Kernels kernels;
    private final Deque<Runnable> frees = new ArrayDeque<>();
    private long packedBytes;

    DeviceMemory(Kernels kernels) {
        this.kernels = kernels;
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

    PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        PackedMatrix matrix = kernels.pack(weight, bias);
        frees.push(() -> kernels.free(matrix));
        packedBytes += matrix.bytes();
        return matrix;
    }

    /** Bytes of all matrices. */
    long packedBytes() {
        return packedBytes;
    }

    Buffer vector(Tensor tensor) {
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
