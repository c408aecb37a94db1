// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.GroupScales;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.ScalarKernels;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;

/** Kernels to measure, those to check them with, and inputs for both. */
final class Bench implements AutoCloseable {
    final Kernels kernels;
    private final Kernels definition;
    private final SplittableRandom random = new SplittableRandom(7);

    Bench(String level, int threads) {
        Path folder = Path.of(System.getProperty("generate.native.dir"));
        CpuKernels.Opened opened = CpuKernels.open(level, folder, threads, MemoryBudget.UNLIMITED);
        if (!opened.fallback().isEmpty()) {
            throw new IllegalStateException(opened.fallback());
        }
        kernels = opened.kernels();
        definition = new ScalarKernels(threads, MemoryBudget.UNLIMITED);
    }

    /** What a level is called when it computes: that which {@code auto} stands for, {@code java}, or its own name. */
    static String levelName(String level) {
        try (Bench bench = new Bench(level, 1)) {
            String name = bench.kernels.name();
            return name.startsWith("cpu-") ? name.substring("cpu-".length()) : name;
        }
    }

    /** The Java kernels; they take the same buffers. */
    Kernels definition() {
        return definition;
    }

    Buffer floats(long rows, long columns) {
        Buffer buffer = kernels.allocate("benchmark", DataType.F32, rows, columns);
        for (long i = 0; i < rows * columns; i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return buffer;
    }

    /** For operations in place, which repeated on random numbers would leave none that are finite. */
    Buffer constant(float value, long rows, long columns) {
        Buffer buffer = kernels.allocate("benchmark", DataType.F32, rows, columns);
        for (long i = 0; i < rows * columns; i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return buffer;
    }

    Buffer ints(int... values) {
        Buffer buffer = kernels.allocate("benchmark", DataType.I32, 1, values.length);
        kernels.upload(values, values.length, buffer);
        return buffer;
    }

    Activations quantized(int tokens, int columns) {
        Activations out = kernels.allocateActivations("benchmark", tokens, columns);
        kernels.quantize(floats(tokens, columns), tokens, out);
        return out;
    }

    /** Random codes, groups of 32 without minima; columns a multiple of 64. */
    PackedMatrix matrix(int rows, int columns, int bits) {
        int group = 32;
        long blocks = rows / PackedMatrix.BLOCK_ROWS;
        Buffer codes =
                kernels.allocate("codes", DataType.I8, blocks, (long) columns * PackedMatrix.BLOCK_ROWS * bits / 8);
        for (long i = 0; i < codes.bytes() / Long.BYTES; i++) {
            codes.memory().setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong());
        }
        Buffer scales =
                kernels.allocate("scales", DataType.F16, blocks, (long) columns / group * PackedMatrix.BLOCK_ROWS);
        for (long i = 0; i < scales.columns() * scales.rows(); i++) {
            scales.memory().setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(random.nextFloat() / 100));
        }
        int zero = 1 << (bits - 1);
        return new PackedMatrix(
                "w",
                rows,
                columns,
                bits,
                group,
                zero,
                codes,
                Optional.empty(),
                new GroupScales(scales, Optional.empty()),
                Optional.empty(),
                Optional.empty());
    }

    /** Throws unless the first {@code rows} rows are the same to the bit. */
    static void same(Buffer wanted, Buffer found, long rows) {
        long bytes = rows * wanted.columns() * wanted.type().bytes();
        if (MemorySegment.mismatch(wanted.memory(), 0, bytes, found.memory(), 0, bytes) >= 0) {
            throw new IllegalStateException("the kernels give a wrong answer");
        }
    }

    @Override
    public void close() {
        kernels.close();
        definition.close();
    }
}
