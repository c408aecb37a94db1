// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.QuantizedRows;
import org.opensearch.generate.loader.RowCodes;
import org.opensearch.generate.loader.Tensor;

/** Packs weight tensors into the layout of {@link PackedMatrix}, row blocks in parallel. */
public final class MatrixPacker {
    private static final int ROWS = PackedMatrix.BLOCK_ROWS;

    /** Times a byte: four of them. */
    private static final int ALL_BYTES = 0x01010101;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final HostMemory memory;
    private final Workers workers;

    /** Packs into {@code memory}, on {@code workers}. */
    public MatrixPacker(HostMemory memory, Workers workers) {
        this.memory = memory;
        this.workers = workers;
    }

    /** {@link Kernels#pack}. Nothing stays allocated if it fails. */
    public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        List<Buffer> taken = new ArrayList<>();
        try {
            PackedMatrix matrix = MatrixLayout.allocate(weight, bias, (what, type, rows, columns) -> {
                Buffer buffer = memory.allocate(what, type, rows, columns);
                taken.add(buffer);
                return buffer;
            });
            List<Byte> values = MatrixLayout.rows(weight).table();
            for (int i = 0; i < values.size(); i++) {
                matrix.table().orElseThrow().memory().set(ValueLayout.JAVA_BYTE, i, values.get(i));
            }
            workers.run(matrix.blocks(), (from, to) -> new Share(matrix, MatrixLayout.rows(weight)).pack(from, to));
            if (bias != null) {
                float[] biases = new float[bias.columns()];
                Dequantizer.of(bias).row(0, biases);
                memory.upload(biases, biases.length, matrix.bias().orElseThrow());
            }
            return matrix;
        } catch (RuntimeException | Error e) {
            taken.forEach(memory::free);
            throw e;
        }
    }

    /** Packs some blocks of a matrix, with scratch of its own. */
    private static final class Share {
        private final PackedMatrix matrix;
        private final QuantizedRows source;
        private final RowCodes row;
        /** Where the matrix has a table, the packed code of a value, by its unsigned byte. */
        private final byte[] packedCode = new byte[256];

        private final byte[] codes;

        Share(PackedMatrix matrix, QuantizedRows source) {
            this.matrix = matrix;
            this.source = source;
            row = source.newRow();
            codes = new byte[matrix.blockBytes()];
            if (matrix.table().isPresent()) {
                for (int code = 0; code < 1 << matrix.bits(); code++) {
                    packedCode[matrix.value(code) & 0xFF] = (byte) code;
                }
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

        /** Four columns at a time: {@code value + 128} flips a byte's top bit. */
        private void putBytes(int lane) {
            byte[] values = row.codes();
            int zero = matrix.zero();
            int whole = values.length & -4;
            for (int k = 0; k < whole; k += 4) {
                INTS.set(codes, (k * ROWS) + lane * 4, (int) INTS.get(values, k) ^ ALL_BYTES * zero);
            }
            for (int k = whole; k < values.length; k++) {
                codes[(whole * ROWS) + lane * 4 + (k & 3)] = (byte) (values[k] ^ zero);
            }
        }

        /** Eight columns at a time: {@code value + 8} flips the top bit of a nibble. Rows of such types have whole groups. */
        private void putNibbles(int lane) {
            byte[] values = row.codes();
            if (matrix.table().isPresent()) {
                for (int k = 0; k < values.length; k++) {
                    values[k] = packedCode[values[k] & 0xFF];
                }
            }
            int zeros = ALL_BYTES * (matrix.zero() * 0x11);
            for (int k = 0; k < values.length; k += 8) {
                int low = (int) INTS.get(values, k) & ALL_BYTES * 0x0F;
                int high = (int) INTS.get(values, k + 4) & ALL_BYTES * 0x0F;
                INTS.set(codes, k / 2 * ROWS + lane * 4, (low | high << 4) ^ zeros);
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
