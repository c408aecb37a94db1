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
import org.opensearch.generate.loader.RowCodes;
import org.opensearch.generate.loader.Tensor;

/** Packs weight tensors into the layout of {@link PackedMatrix}, row blocks in parallel. */
public final class MatrixPacker {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;
    private static final int NIBBLE_VALUES = 16;

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
        int smallest = rows.hasMinimum() ? 0 : -NIBBLE_VALUES / 2;
        boolean nibbles = rows.smallestCode() >= smallest && rows.largestCode() < smallest + NIBBLE_VALUES;
        int bits = nibbles || !rows.table().isEmpty() ? 4 : 8;
        int zero = rows.hasMinimum() || !rows.table().isEmpty() ? 0 : 1 << (bits - 1);
        int blocks = Math.ceilDiv(weight.rows(), ROWS);
        int padded = Activations.paddedColumns(weight.columns());
        String name = weight.name();
        Buffer codes = take(taken, name, DataType.I8, blocks, (long) padded * ROWS * bits / 8);
        GroupScales scales = scales(name + " scales", rows, blocks, padded, taken);
        Optional<GroupScales> minima = rows.hasMinimum()
                ? Optional.of(scales(name + " minima", rows, blocks, padded, taken))
                : Optional.empty();
        Optional<Buffer> table =
                rows.table().isEmpty() ? Optional.empty() : Optional.of(table(name + " table", rows.table(), taken));
        Optional<Buffer> biases =
                bias ? Optional.of(take(taken, name + " bias", DataType.F32, 1, weight.rows())) : Optional.empty();
        return new PackedMatrix(
                name,
                weight.rows(),
                weight.columns(),
                bits,
                rows.groupSize(),
                zero,
                codes,
                table,
                scales,
                minima,
                biases);
    }

    private GroupScales scales(String what, QuantizedRows rows, int blocks, int padded, List<Buffer> taken) {
        long small = (long) Math.ceilDiv(padded, rows.groupSize()) * ROWS;
        if (rows.superBlock() == 0) {
            return new GroupScales(take(taken, what, DataType.F16, blocks, small), Optional.empty());
        }
        if (rows.superBlock() != GroupScales.SUPER_BLOCK) {
            throw new IllegalArgumentException(what + ": super blocks of " + rows.superBlock() + " columns, "
                    + GroupScales.SUPER_BLOCK + " are possible");
        }
        long large = (long) Math.ceilDiv(padded, GroupScales.SUPER_BLOCK) * ROWS;
        return new GroupScales(
                take(taken, what, DataType.I8, blocks, small),
                Optional.of(take(taken, what + " of super blocks", DataType.F32, blocks, large)));
    }

    private Buffer table(String what, List<Byte> values, List<Buffer> taken) {
        Buffer table = take(taken, what, DataType.I8, 1, NIBBLE_VALUES);
        for (int i = 0; i < values.size(); i++) {
            table.memory().set(ValueLayout.JAVA_BYTE, i, values.get(i));
        }
        return table;
    }

    private Buffer take(List<Buffer> taken, String what, DataType type, long rows, long columns) {
        Buffer buffer = memory.allocate(what, type, rows, columns);
        taken.add(buffer);
        return buffer;
    }

    /** Packs some blocks of a matrix, with scratch of its own. */
    private static final class Share {
        private final PackedMatrix matrix;
        private final QuantizedRows source;
        private final RowCodes row;
        /** Packed code of a source code, by its unsigned byte. */
        private final byte[] packedCode = new byte[256];

        private final byte[] codes;

        Share(PackedMatrix matrix, QuantizedRows source) {
            this.matrix = matrix;
            this.source = source;
            row = source.newRow();
            codes = new byte[matrix.blockBytes()];
            for (int code = 0; code < 1 << matrix.bits(); code++) {
                packedCode[matrix.value(code) & 0xFF] = (byte) code;
            }
        }

        void pack(int from, int to) {
            int zeros = matrix.bits() == 8 ? matrix.zero() : matrix.zero() * 0x11;
            for (int block = from; block < to; block++) {
                Arrays.fill(codes, (byte) zeros);
                int rows = Math.min(ROWS, matrix.rows() - block * ROWS);
                for (int lane = 0; lane < rows; lane++) {
                    source.decode(block * ROWS + lane, row);
                    if (matrix.bits() == 8) {
                        putBytes(lane);
                    } else {
                        putNibbles(lane);
                    }
                    putScales(matrix.scales(), row.scales(), row.smallScales(), block, lane);
                    if (matrix.minima().isPresent()) {
                        putScales(matrix.minima().get(), row.minima(), row.smallMinima(), block, lane);
                    }
                }
                long at = (long) block * codes.length;
                MemorySegment.copy(codes, 0, matrix.codes().memory(), ValueLayout.JAVA_BYTE, at, codes.length);
            }
        }

        private void putBytes(int lane) {
            byte[] source8 = row.codes();
            for (int k = 0; k < source8.length; k++) {
                codes[((k >> 2) * ROWS + lane) * 4 + (k & 3)] = packedCode[source8[k] & 0xFF];
            }
        }

        private void putNibbles(int lane) {
            byte[] source8 = row.codes();
            for (int k = 0; k < source8.length; k++) {
                int at = ((k >> 3) * ROWS + lane) * 4 + (k & 3);
                int code = packedCode[source8[k] & 0xFF];
                codes[at] = (byte) ((k & 4) == 0 ? (codes[at] & 0xF0) | code : (codes[at] & 0x0F) | code << 4);
            }
        }

        /** The memory is new, so what is not written here, the padding, is 0. */
        private void putScales(GroupScales target, float[] floats, byte[] small, int block, int lane) {
            MemorySegment fine = target.small().memory();
            long first = (long) block * matrix.groups() * ROWS + lane;
            if (target.large().isEmpty()) {
                for (int g = 0; g < floats.length; g++) {
                    fine.setAtIndex(ValueLayout.JAVA_SHORT, first + (long) g * ROWS, Float.floatToFloat16(floats[g]));
                }
                return;
            }
            for (int g = 0; g < small.length; g++) {
                fine.set(ValueLayout.JAVA_BYTE, first + (long) g * ROWS, small[g]);
            }
            MemorySegment coarse = target.large().get().memory();
            long firstLarge = (long) block * matrix.superBlocks() * ROWS + lane;
            for (int i = 0; i < floats.length; i++) {
                coarse.setAtIndex(ValueLayout.JAVA_FLOAT, firstLarge + (long) i * ROWS, floats[i]);
            }
        }
    }
}
