// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * One run of a {@link KernelCase} on some kernels: makes its inputs, always the same for the same case, in memory with guard bytes
 * on both sides, and shows afterwards what all that memory holds.
 */
public final class KernelRun implements AutoCloseable {
    private static final int GUARD = 256;
    private static final byte GUARD_BYTE = 0x5A;
    private static final float LEAST_HALF = 0x1p-24f;
    private static final float MOST_HALF = 65504f;

    /** What floats a case is fed with. */
    public enum Values {
        /** Between -1 and 1. */
        PLAIN,
        /** Zeros of both signs, denormals, tiny and large numbers among plain ones. */
        SPECIAL,
        /** NaN and infinities too: results are open, but nothing may be written beside the outputs. */
        NOT_FINITE
    }

    private record Guarded(Buffer buffer, MemorySegment whole) {}

    private final Kernels kernels;
    private final Values values;
    private final Random random;
    private final Arena arena = Arena.ofShared();
    private final List<Guarded> buffers = new ArrayList<>();

    KernelRun(Kernels kernels, Values values, long seed) {
        this.kernels = kernels;
        this.values = values;
        this.random = new Random(seed);
    }

    /** Runs a case on some kernels; throws if a guard byte changed. */
    public static void run(KernelCase row, Kernels kernels) {
        try (KernelRun run = new KernelRun(kernels, row.values(), row.toString().hashCode())) {
            row.body().accept(run);
            run.bytes();
        }
    }

    /** What is tested. */
    public Kernels kernels() {
        return kernels;
    }

    /** A number below {@code bound}. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** An output, filled with what no operation leaves behind by chance. */
    public Buffer output(DataType type, long rows, long columns) {
        long bytes = rows * columns * type.bytes();
        MemorySegment whole = arena.allocate(bytes + 2 * GUARD, HostMemory.ALIGNMENT);
        whole.fill(GUARD_BYTE);
        Buffer buffer = new Buffer("buffer " + buffers.size(), type, rows, columns, whole.asSlice(GUARD, bytes));
        buffers.add(new Guarded(buffer, whole));
        return buffer;
    }

    /** Floats of the case's kind. */
    public Buffer floats(long rows, long columns) {
        Buffer buffer = output(DataType.F32, rows, columns);
        for (long i = 0; i < rows * columns; i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, next());
        }
        return buffer;
    }

    /** Bfloat16 or floats of the case's kind. */
    public Buffer floats(DataType type, long rows, long columns) {
        if (type == DataType.F32) {
            return floats(rows, columns);
        }
        Buffer buffer = output(type, rows, columns);
        for (long i = 0; i < rows * columns; i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_SHORT, i, FloatMath.toBf16(next()));
        }
        return buffer;
    }

    /** {@code I8} KV pages with every code, the extremes often, and scales that are not negative. */
    public Buffer codePages(int pages, int kvHeads, int headDim) {
        Buffer buffer = output(DataType.I8, pages, KvCache.pageElements(DataType.I8, kvHeads, headDim));
        int codes = 2 * KvCache.PAGE * KvCache.paddedHeadDim(headDim);
        long part = buffer.columns() / kvHeads;
        for (long start = 0; start < buffer.bytes(); start += part) {
            for (int i = 0; i < codes; i++) {
                int code = random.nextInt(8) == 0 ? (random.nextBoolean() ? 127 : -127) : random.nextInt(255) - 127;
                int zero = i < codes / 2 ? KvCache.KEY_ZERO : 0;
                buffer.memory().set(ValueLayout.JAVA_BYTE, start + i, (byte) (code + zero));
            }
            for (int i = 0; i < 2 * KvCache.PAGE; i++) {
                long at = start + codes + i * (long) Float.BYTES;
                buffer.memory().set(ValueLayout.JAVA_FLOAT, at, Math.abs(next()) / 127);
            }
        }
        return buffer;
    }

    /** These ints. */
    public Buffer ints(int... source) {
        Buffer buffer = output(DataType.I32, 1, source.length);
        MemorySegment.copy(source, 0, buffer.memory(), ValueLayout.JAVA_INT, 0, source.length);
        return buffer;
    }

    /** Room for quantised rows. */
    public Activations activations(int tokens, int columns) {
        int padded = Activations.paddedColumns(columns);
        return new Activations(
                output(DataType.I8, tokens, padded),
                output(DataType.F32, tokens, Activations.groups(columns)),
                output(DataType.I16, tokens, padded / Activations.SUM),
                columns);
    }

    /** Quantised rows with every code from -127 to 127, the extremes often. */
    public Activations quantized(int tokens, int columns) {
        Activations x = activations(tokens, columns);
        x.codes().memory().fill((byte) 0);
        int padded = Activations.paddedColumns(columns);
        for (int t = 0; t < tokens; t++) {
            for (int k = 0; k < columns; k++) {
                int code = random.nextInt(8) == 0 ? (random.nextBoolean() ? 127 : -127) : random.nextInt(255) - 127;
                x.codes().memory().set(ValueLayout.JAVA_BYTE, (long) t * padded + k, (byte) code);
            }
            for (int i = 0; i < padded / Activations.SUM; i++) {
                int sum = 0;
                for (int k = i * Activations.SUM; k < (i + 1) * Activations.SUM; k++) {
                    sum += x.codes().memory().get(ValueLayout.JAVA_BYTE, (long) t * padded + k);
                }
                long at = (long) t * (padded / Activations.SUM) + i;
                x.sums().memory().setAtIndex(ValueLayout.JAVA_SHORT, at, (short) sum);
            }
        }
        fill(x.scales());
        return x;
    }

    /** How the weights of a matrix are written down. */
    public enum Weights {
        /** Evenly spaced, a scale for each group. */
        PLAIN,
        /** Evenly spaced, small scales in super blocks. */
        SUPER_BLOCKS,
        /** From a table, a scale for each group. */
        TABLE,
        /** From a table, small scales in super blocks. */
        TABLE_IN_SUPER_BLOCKS;

        boolean superBlocks() {
            return this == SUPER_BLOCKS || this == TABLE_IN_SUPER_BLOCKS;
        }

        boolean table() {
            return this == TABLE || this == TABLE_IN_SUPER_BLOCKS;
        }
    }

    /** A matrix of {@link Weights#PLAIN} weights. */
    public PackedMatrix matrix(int rows, int columns, int bits, int group, boolean minima, boolean bias) {
        return matrix(Weights.PLAIN, rows, columns, bits, group, minima, bias);
    }

    /** A matrix with every code, the extremes often; padding as {@link PackedMatrix} wants it. */
    public PackedMatrix matrix(Weights kind, int rows, int columns, int bits, int group, boolean minima, boolean bias) {
        int zero = minima || kind.table() ? 0 : 1 << (bits - 1);
        Buffer none = new Buffer("none", DataType.I8, 0, 0, MemorySegment.NULL);
        GroupScales noScales = new GroupScales(none, Optional.empty());
        PackedMatrix shape = new PackedMatrix(
                "w",
                rows,
                columns,
                bits,
                group,
                zero,
                none,
                Optional.empty(),
                noScales,
                Optional.empty(),
                Optional.empty());
        Buffer codes = output(DataType.I8, shape.blocks(), shape.blockBytes());
        codes.memory().fill((byte) (bits == 8 ? zero : zero * 17));
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < columns; k++) {
                int most = minima ? Math.min(127, (1 << bits) - 1) : (1 << bits) - 1;
                putCode(
                        shape,
                        codes,
                        row,
                        k,
                        random.nextInt(8) == 0 ? random.nextInt(2) * most : random.nextInt(most + 1));
            }
        }
        Optional<Buffer> table = kind.table() ? Optional.of(table()) : Optional.empty();
        Optional<GroupScales> minimum = minima ? Optional.of(groupScales(shape, kind.superBlocks())) : Optional.empty();
        GroupScales scales = groupScales(shape, kind.superBlocks());
        return new PackedMatrix(
                "w",
                rows,
                columns,
                bits,
                group,
                zero,
                codes,
                table,
                scales,
                minimum,
                bias ? Optional.of(floats(1, rows)) : Optional.empty());
    }

    private static void putCode(PackedMatrix shape, Buffer codes, int row, int k, int code) {
        int lane = row % PackedMatrix.BLOCK_ROWS * 4 + k % 4;
        long block = (long) (row / PackedMatrix.BLOCK_ROWS) * shape.blockBytes();
        if (shape.bits() == 8) {
            codes.memory().set(ValueLayout.JAVA_BYTE, block + k / 4 * 64L + lane, (byte) code);
            return;
        }
        long at = block + k / 8 * 64L + lane;
        int old = codes.memory().get(ValueLayout.JAVA_BYTE, at);
        int both = k / 4 % 2 == 0 ? (old & 0xF0) | code : (old & 0x0F) | code << 4;
        codes.memory().set(ValueLayout.JAVA_BYTE, at, (byte) both);
    }

    /** 16 values, the extremes among them. */
    private Buffer table() {
        Buffer table = output(DataType.I8, 1, 16);
        for (int i = 0; i < 16; i++) {
            table.memory().set(ValueLayout.JAVA_BYTE, i, (byte) (i == 0 ? -128 : i == 15 ? 127 : below(256) - 128));
        }
        return table;
    }

    private GroupScales groupScales(PackedMatrix shape, boolean superBlocks) {
        if (!superBlocks) {
            Buffer halves = output(DataType.F16, shape.blocks(), (long) shape.groups() * PackedMatrix.BLOCK_ROWS);
            putGroups(shape, halves, shape.group(), at -> halves.memory()
                    .setAtIndex(ValueLayout.JAVA_SHORT, at, nextHalf()));
            return new GroupScales(halves, Optional.empty());
        }
        Buffer small = output(DataType.I8, shape.blocks(), (long) shape.groups() * PackedMatrix.BLOCK_ROWS);
        putGroups(shape, small, shape.group(), at -> small.memory()
                .set(ValueLayout.JAVA_BYTE, at, (byte) (below(256) - 128)));
        Buffer large = output(DataType.F32, shape.blocks(), (long) shape.superBlocks() * PackedMatrix.BLOCK_ROWS);
        putGroups(shape, large, GroupScales.SUPER_BLOCK, at -> large.memory()
                .setAtIndex(ValueLayout.JAVA_FLOAT, at, next()));
        return new GroupScales(small, Optional.of(large));
    }

    /** Writes what is no padding of a buffer with an entry for each row and {@code width} columns. */
    private static void putGroups(PackedMatrix shape, Buffer buffer, int width, LongConsumer put) {
        buffer.memory().fill((byte) 0);
        int groups = Math.ceilDiv(shape.paddedColumns(), width);
        for (int row = 0; row < shape.rows(); row++) {
            for (int g = 0; g < Math.ceilDiv(shape.columns(), width); g++) {
                long block = row / PackedMatrix.BLOCK_ROWS;
                put.accept((block * groups + g) * PackedMatrix.BLOCK_ROWS + row % PackedMatrix.BLOCK_ROWS);
            }
        }
    }

    private void fill(Buffer buffer) {
        for (long i = 0; i < buffer.rows() * buffer.columns(); i++) {
            buffer.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, next());
        }
    }

    /** A number of the case's kind in half precision, whose range is smaller: its own largest and denormal numbers. */
    private short nextHalf() {
        float v = next();
        if (v != 0 && Math.abs(v) < LEAST_HALF) {
            v = Math.copySign((1 + below(1023)) * LEAST_HALF, v);
        }
        return Float.floatToFloat16(values == Values.NOT_FINITE ? v : Math.clamp(v, -MOST_HALF, MOST_HALF));
    }

    private float next() {
        float plain = random.nextFloat() * 2 - 1;
        if (values == Values.PLAIN || random.nextInt(3) != 0) {
            return plain;
        }
        int kind = random.nextInt(values == Values.SPECIAL ? 6 : 9);
        return switch (kind) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> plain * Float.MIN_NORMAL;
            case 3 -> Math.copySign(Float.MIN_VALUE, plain);
            case 4 -> plain * 1e-30f;
            case 5 -> plain * 1e6f;
            case 6 -> Float.NaN;
            case 7 -> Float.POSITIVE_INFINITY;
            default -> Float.NEGATIVE_INFINITY;
        };
    }

    /** The bytes of every buffer; throws if a guard byte changed. */
    List<byte[]> bytes() {
        List<byte[]> all = new ArrayList<>();
        byte[] guard = new byte[GUARD];
        Arrays.fill(guard, GUARD_BYTE);
        for (Guarded guarded : buffers) {
            byte[] whole = guarded.whole.toArray(ValueLayout.JAVA_BYTE);
            if (!Arrays.equals(whole, 0, GUARD, guard, 0, GUARD)
                    || !Arrays.equals(whole, whole.length - GUARD, whole.length, guard, 0, GUARD)) {
                throw new AssertionError("written outside of " + guarded.buffer);
            }
            all.add(whole);
        }
        return all;
    }

    @Override
    public void close() {
        arena.close();
    }
}
