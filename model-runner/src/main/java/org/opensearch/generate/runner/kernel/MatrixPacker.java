// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.Tensor;

/** Packs weight tensors into the layout of {@link PackedMatrix}, row blocks in parallel. */
public final class MatrixPacker {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;

    private final HostMemory memory;
    private final Workers workers;

    /** Packs into {@code memory}, on {@code workers}. */
    public MatrixPacker(HostMemory memory, Workers workers) {
        this.memory = memory;
        this.workers = workers;
    }

    /** {@link Kernels#pack}. Nothing stays allocated if it fails. */
    public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        if (bias != null && (bias.rows() != 1 || bias.columns() != weight.rows())) {
            throw new IllegalArgumentException(bias.name() + " has " + bias.rows() + " x " + bias.columns()
                    + " elements, a vector of " + weight.rows() + " is wanted");
        }
        List<Buffer> taken = new ArrayList<>();
        try {
            PackedMatrix matrix = allocate(weight, bias != null, taken);
            workers.run(matrix.blocks(), (from, to) -> new Share(matrix, rows(weight)).pack(from, to));
            if (bias != null) {
                float[] values = new float[bias.columns()];
                Dequantizer.of(bias).row(0, values);
                memory.upload(values, values.length, matrix.bias().orElseThrow());
            }
            return matrix;
        } catch (RuntimeException | Error e) {
            taken.forEach(memory::free);
            throw e;
        }
    }

    private static QuantizedRows rows(Tensor weight) {
        return weight.type().isFloat() ? new FloatRows(weight) : QuantizedRows.of(weight);
    }

    private PackedMatrix allocate(Tensor weight, boolean bias, List<Buffer> taken) {
        QuantizedRows rows = rows(weight);
        int smallest = rows.hasMinimum() ? 0 : -8;
        int bits = rows.smallestCode() >= smallest && rows.largestCode() <= smallest + 15 ? 4 : 8;
        int zero = rows.hasMinimum() ? 0 : 1 << (bits - 1);
        int blocks = Math.ceilDiv(weight.rows(), ROWS);
        int padded = Activations.paddedColumns(weight.columns());
        long groups = (long) Math.ceilDiv(padded, rows.groupSize()) * ROWS;
        String name = weight.name();
        Buffer codes = memory.allocate(name, DataType.I8, blocks, (long) padded * ROWS * bits / 8);
        taken.add(codes);
        Buffer scales = memory.allocate(name + " scales", DataType.F32, blocks, groups);
        taken.add(scales);
        Optional<Buffer> minima = Optional.empty();
        if (rows.hasMinimum()) {
            minima = Optional.of(memory.allocate(name + " minima", DataType.F32, blocks, groups));
            minima.ifPresent(taken::add);
        }
        Optional<Buffer> biases = Optional.empty();
        if (bias) {
            biases = Optional.of(memory.allocate(name + " bias", DataType.F32, 1, weight.rows()));
            biases.ifPresent(taken::add);
        }
        return new PackedMatrix(
                name, weight.rows(), weight.columns(), bits, rows.groupSize(), zero, codes, scales, minima, biases);
    }

    /** Packs some blocks of a matrix, with scratch of its own. */
    private static final class Share {
        private final PackedMatrix matrix;
        private final QuantizedRows source;
        private final byte[] row;
        private final float[] rowScales;
        private final float[] rowMinima;
        private final byte[] codes;
        private final float[] scales;
        private final float[] minima;

        Share(PackedMatrix matrix, QuantizedRows source) {
            this.matrix = matrix;
            this.source = source;
            row = new byte[matrix.columns()];
            rowScales = new float[Math.ceilDiv(matrix.columns(), matrix.group())];
            rowMinima = new float[rowScales.length];
            codes = new byte[matrix.blockBytes()];
            scales = new float[matrix.groups() * ROWS];
            minima = new float[scales.length];
        }

        void pack(int from, int to) {
            int zeros = matrix.bits() == 8 ? matrix.zero() : matrix.zero() * 0x11;
            for (int block = from; block < to; block++) {
                Arrays.fill(codes, (byte) zeros);
                Arrays.fill(scales, 0f);
                Arrays.fill(minima, 0f);
                int rows = Math.min(ROWS, matrix.rows() - block * ROWS);
                for (int lane = 0; lane < rows; lane++) {
                    source.decode(block * ROWS + lane, row, rowScales, rowMinima);
                    if (matrix.bits() == 8) {
                        putBytes(lane);
                    } else {
                        putNibbles(lane);
                    }
                    for (int g = 0; g < rowScales.length; g++) {
                        scales[g * ROWS + lane] = rowScales[g];
                        minima[g * ROWS + lane] = rowMinima[g];
                    }
                }
                store(block);
            }
        }

        private void putBytes(int lane) {
            for (int k = 0; k < row.length; k++) {
                codes[((k >> 2) * ROWS + lane) * 4 + (k & 3)] = (byte) (row[k] + matrix.zero());
            }
        }

        private void putNibbles(int lane) {
            for (int k = 0; k < row.length; k++) {
                int at = ((k >> 3) * ROWS + lane) * 4 + (k & 3);
                int code = row[k] + matrix.zero();
                codes[at] = (byte) ((k & 4) == 0 ? (codes[at] & 0xF0) | code : (codes[at] & 0x0F) | code << 4);
            }
        }

        private void store(int block) {
            MemorySegment.copy(
                    codes,
                    0,
                    matrix.codes().memory(),
                    ValueLayout.JAVA_BYTE,
                    (long) block * codes.length,
                    codes.length);
            storeFloats(scales, matrix.scales(), block);
            matrix.minima().ifPresent(target -> storeFloats(minima, target, block));
        }

        private static void storeFloats(float[] values, Buffer target, int block) {
            long offset = (long) block * values.length * Float.BYTES;
            MemorySegment.copy(values, 0, target.memory(), ValueLayout.JAVA_FLOAT, offset, values.length);
        }
    }
}
