// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.GroupScales;
import org.opensearch.generate.runner.kernel.HostMemory;
import org.opensearch.generate.runner.kernel.MatrixLayout;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * A small matrix of a kind, and activations for it, both full of random numbers: to time the ways to multiply them, and to see
 * that they agree on this very processor.
 */
final class MatmulSample {
    private static final int ROWS = 128;
    private static final int COLUMNS = 1024;
    private static final long SEED = 1;
    /** Halves from 2^-10 up to 2^-6. */
    private static final int SMALL_HALF = 5 << 10;

    private static final int HALVES = 4 << 10;

    /** A product of the first {@code tokens} activations and all blocks of a matrix, {@link CpuLibrary#matmul} as it is. */
    @FunctionalInterface
    interface Product {
        void run(
                PackedMatrix matrix,
                Activations x,
                int tokens,
                long begin,
                long end,
                Buffer out,
                int firstColumn,
                MatmulKernel kernel);
    }

    private final Product product;
    private final Random random = new Random(SEED);
    private final PackedMatrix matrix;
    private final Activations x;
    private final Buffer expected;
    private final Buffer out;

    /**
     * Fills the sample.
     *
     * @param type a tensor type that is packed into the kind of matrix wanted
     * @param tokens most tokens to multiply
     * @param memory where it lies
     */
    MatmulSample(Product product, TensorType type, int tokens, HostMemory memory) {
        this.product = product;
        Tensor weight = new Tensor("measured", type, ROWS, COLUMNS, MemorySegment.NULL);
        matrix = MatrixLayout.allocate(weight, null, memory::allocate);
        x = memory.allocateActivations("measured activations", tokens, COLUMNS);
        expected = memory.allocate("expected outputs", DataType.F32, tokens, ROWS);
        out = memory.allocate("measured outputs", DataType.F32, tokens, ROWS);
        int largest = matrix.minima().isPresent() && matrix.bits() == Byte.SIZE ? Byte.MAX_VALUE : 0xFF;
        bytes(matrix.codes(), 0, largest);
        matrix.table().ifPresent(table -> bytes(table, -Byte.MAX_VALUE, Byte.MAX_VALUE));
        scales(matrix.scales());
        matrix.minima().ifPresent(this::scales);
        activations(tokens);
    }

    private void bytes(Buffer buffer, int least, int largest) {
        for (long i = 0; i < buffer.bytes(); i++) {
            buffer.memory().set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(least, largest + 1));
        }
    }

    private void floats(Buffer buffer) {
        for (long i = 0; i < buffer.rows() * buffer.columns(); i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
        }
    }

    private void scales(GroupScales scales) {
        Optional<Buffer> large = scales.large();
        if (large.isPresent()) {
            bytes(scales.small(), 0, Byte.MAX_VALUE / 2);
            floats(large.get());
            return;
        }
        for (long i = 0; i < scales.small().rows() * scales.small().columns(); i++) {
            short half = (short) (SMALL_HALF + random.nextInt(HALVES));
            scales.small().memory().setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
    }

    private void activations(int tokens) {
        bytes(x.codes(), -Byte.MAX_VALUE, Byte.MAX_VALUE);
        floats(x.scales());
        for (long group = 0; group < (long) tokens * COLUMNS / Activations.SUM; group++) {
            int sum = 0;
            for (int i = 0; i < Activations.SUM; i++) {
                sum += x.codes().memory().get(ValueLayout.JAVA_BYTE, group * Activations.SUM + i);
            }
            x.sums().memory().setAtIndex(ValueLayout.JAVA_SHORT, group, (short) sum);
        }
    }

    /** Nanoseconds of one product of so many tokens, on this thread. */
    long time(MatmulKernel kernel, int tokens) {
        long start = System.nanoTime();
        multiply(kernel, tokens, out);
        return System.nanoTime() - start;
    }

    /** Whether a kernel gives the bits that streaming gives, for so many tokens. */
    boolean agrees(MatmulKernel kernel, int tokens) {
        multiply(MatmulKernel.STREAMED, tokens, expected);
        multiply(kernel, tokens, out);
        long bytes = (long) tokens * ROWS * Float.BYTES;
        return expected.memory().asSlice(0, bytes).mismatch(out.memory().asSlice(0, bytes)) < 0;
    }

    private void multiply(MatmulKernel kernel, int tokens, Buffer to) {
        product.run(matrix, x, tokens, 0, matrix.blocks(), to, 0, kernel);
    }
}
