// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Tensor;

/**
 * The definition of every operation, in plain Java, and the fallback everywhere. Rows, or rows and heads, or row blocks of a
 * matrix are shared among the workers; no sum crosses such a share.
 */
public final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int PARTIAL_SUMS = 16;

    private final HostMemory memory;
    private final Workers workers;
    private final MatrixPacker packer;

    /** Kernels over memory and threads that are closed with them. */
    public ScalarKernels(HostMemory memory, Workers workers) {
        this.memory = memory;
        this.workers = workers;
        this.packer = new MatrixPacker(memory, workers);
    }

    /** Kernels with {@code threads} threads that count their memory against {@code budget}. */
    public ScalarKernels(int threads, MemoryBudget budget) {
        this(new HostMemory(budget), new Workers(threads));
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    public Buffer allocate(String what, DataType type, long rows, long columns) {
        return memory.allocate(what, type, rows, columns);
    }

    @Override
    public Buffer adopt(String what, DataType type, long rows, long columns, MemorySegment segment) {
        return memory.adopt(what, type, rows, columns, segment);
    }

    @Override
    public Buffer resize(Buffer buffer, long rows, long kept) {
        return memory.resize(buffer, rows, kept);
    }

    @Override
    public void free(Buffer buffer) {
        memory.free(buffer);
    }

    @Override
    public long allocatedBytes() {
        return memory.allocatedBytes();
    }

    @Override
    public void upload(int[] source, int count, Buffer target) {
        memory.upload(source, count, target);
    }

    @Override
    public void upload(float[] source, int count, Buffer target) {
        memory.upload(source, count, target);
    }

    @Override
    public void download(Buffer source, long row, float[] target) {
        memory.download(source, row, target);
    }

    @Override
    public Activations allocateActivations(String what, int maxTokens, int columns) {
        return memory.allocateActivations(what, maxTokens, columns);
    }

    @Override
    public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        return packer.pack(weight, bias);
    }

    @Override
    public void embed(PackedMatrix table, Buffer ids, int tokens, Buffer out) {
        Shapes.embed(table, ids, tokens, out);
        workers.run(tokens, (from, to) -> {
            float[] row = new float[table.columns()];
            for (int t = from; t < to; t++) {
                dequantizeRow(table, intAt(ids, t), row);
                storeRow(row, out, t);
            }
        });
    }

    private static void dequantizeRow(PackedMatrix table, int id, float[] row) {
        long block = id / PackedMatrix.BLOCK_ROWS;
        int lane = id % PackedMatrix.BLOCK_ROWS;
        float[] scales = new float[PackedMatrix.BLOCK_ROWS];
        float[] minima = new float[PackedMatrix.BLOCK_ROWS];
        for (int k = 0; k < row.length; k++) {
            if (k % table.group() == 0) {
                int group = k / table.group();
                table.scales().copy(table, block, group, scales, 0);
                table.minima().ifPresent(m -> m.copy(table, block, group, minima, 0));
            }
            float value = scales[lane] * table.value(code(table, block, lane, k));
            row[k] = table.minima().isPresent() ? value - minima[lane] : value;
        }
    }

    private static int code(PackedMatrix matrix, long block, int lane, int column) {
        int perQuad = matrix.bits() == 8 ? 4 : 8;
        long at = block * matrix.blockBytes()
                + (long) (column / perQuad) * PackedMatrix.BLOCK_ROWS * 4
                + lane * 4L
                + column % 4;
        int code = matrix.codes().memory().get(ValueLayout.JAVA_BYTE, at) & 0xFF;
        if (matrix.bits() == 8) {
            return code;
        }
        return column / 4 % 2 == 0 ? code & 0x0F : code >> 4;
    }

    @Override
    public void add(Buffer x, Buffer delta, int tokens) {
        Shapes.add(x, delta, tokens);
        workers.run(tokens, (from, to) -> {
            float[] row = newRow(x);
            float[] deltaRow = newRow(delta);
            for (int t = from; t < to; t++) {
                addRow(x, delta, t, row, deltaRow);
            }
        });
    }

    @Override
    public void gather(Buffer source, Buffer rows, int count, Buffer out) {
        Shapes.gather(source, rows, count, out);
        float[] row = newRow(source);
        for (int i = 0; i < count; i++) {
            loadRow(source, intAt(rows, i), row);
            storeRow(row, out, i);
        }
    }

    @Override
    public void rmsNorm(Buffer x, Buffer weight, float epsilon, int tokens, Activations out) {
        Shapes.rmsNorm(x, weight, tokens, out);
        float[] weights = vector(weight, out.columns());
        workers.run(tokens, (from, to) -> {
            ActivationRow target = new ActivationRow(out);
            float[] row = newRow(x);
            for (int t = from; t < to; t++) {
                loadRow(x, t, row);
                norm(row, 0, row.length, weights, epsilon);
                target.store(row, t);
            }
        });
    }

    @Override
    public void addRmsNorm(Buffer x, Buffer delta, Buffer weight, float epsilon, int tokens, Activations out) {
        add(x, delta, tokens);
        rmsNorm(x, weight, epsilon, tokens, out);
    }

    @Override
    public void headRmsNorm(
            Buffer x, int firstColumn, int heads, int headDim, Buffer weight, float epsilon, int tokens) {
        Shapes.headRmsNorm(x, firstColumn, heads, headDim, weight, tokens);
        float[] weights = vector(weight, headDim);
        workers.run(tokens, (from, to) -> {
            float[] row = newRow(x);
            for (int t = from; t < to; t++) {
                loadRow(x, t, row);
                for (int head = 0; head < heads; head++) {
                    norm(row, firstColumn + head * headDim, headDim, weights, epsilon);
                }
                storeRow(row, x, t);
            }
        });
    }

    @Override
    public void quantize(Buffer x, int tokens, Activations out) {
        Shapes.quantize(x, tokens, out);
        workers.run(tokens, (from, to) -> {
            ActivationRow target = new ActivationRow(out);
            float[] row = newRow(x);
            for (int t = from; t < to; t++) {
                loadRow(x, t, row);
                target.store(row, t);
            }
        });
    }

    @Override
    public void matmul(List<PackedMatrix> weights, Activations x, int tokens, Buffer out) {
        Shapes.matmul(weights, x, tokens, out);
        if (tokens == 0) {
            return;
        }
        ScalarMatmul product = new ScalarMatmul(x, tokens, out);
        int firstColumn = 0;
        for (PackedMatrix matrix : weights) {
            int column = firstColumn;
            workers.run(matrix.blocks(), (from, to) -> product.multiply(matrix, from, to, column));
            firstColumn += matrix.rows();
        }
    }

    @Override
    public void rope(Buffer x, int firstColumn, int heads, int headDim, RopeTable table, Buffer positions, int tokens) {
        Shapes.rope(x, firstColumn, heads, headDim, table, positions, tokens);
        int half = table.dims() / 2;
        int step = table.interleaved() ? 2 : 1;
        int apart = table.interleaved() ? 1 : half;
        workers.run(tokens, (from, to) -> {
            float[] row = newRow(x);
            float[] cosSin = newRow(table.cosSin());
            for (int t = from; t < to; t++) {
                loadRow(x, t, row);
                loadRow(table.cosSin(), intAt(positions, t), cosSin);
                for (int head = 0; head < heads; head++) {
                    int start = firstColumn + head * headDim;
                    for (int i = 0; i < half; i++) {
                        int at = start + i * step;
                        float cos = cosSin[i];
                        float sin = cosSin[half + i];
                        float a = row[at];
                        float b = row[at + apart];
                        row[at] = Math.fma(a, cos, -(b * sin));
                        row[at + apart] = Math.fma(a, sin, b * cos);
                    }
                }
                storeRow(row, x, t);
            }
        });
    }

    @Override
    public void appendKv(
            Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, AttentionRows rows, int tokens) {
        Shapes.appendKv(qkv, keyColumn, valueColumn, cache, layer, rows, tokens);
        workers.run(tokens, (from, to) -> {
            KvPage page = KvPage.of(cache, layer);
            float[] row = newRow(qkv);
            for (int t = from; t < to; t++) {
                loadRow(qkv, t, row);
                page.append(intAt(rows.slots(), t), row, keyColumn, valueColumn);
            }
        });
    }

    @Override
    public void copyPage(KvCache cache, int from, int to) {
        HostMemory.copyPage(cache, from, to);
    }

    @Override
    public void prefault(KvCache cache, int from, int to) {
        HostMemory.prefault(cache, from, to);
    }

    @Override
    public void attention(
            Buffer q,
            KvCache cache,
            int layer,
            AttentionRows rows,
            int tokens,
            int heads,
            float scale,
            int window,
            Buffer out) {
        Shapes.attention(q, cache, layer, rows, tokens, heads, window, out);
        workers.run(tokens * cache.kvHeads(), (from, to) -> {
            ScalarAttention attention = new ScalarAttention(q, cache, layer, rows, heads, scale, window, out);
            for (int item = from; item < to; item++) {
                attention.run(item / cache.kvHeads(), item % cache.kvHeads());
            }
        });
    }

    @Override
    public void swiglu(Buffer gateAndUp, int tokens, Activations out) {
        Shapes.swiglu(gateAndUp, tokens, out);
        int columns = out.columns();
        workers.run(tokens, (from, to) -> {
            ActivationRow target = new ActivationRow(out);
            float[] row = newRow(gateAndUp);
            for (int t = from; t < to; t++) {
                loadRow(gateAndUp, t, row);
                for (int k = 0; k < columns; k++) {
                    row[k] = FloatMath.silu(row[k]) * row[columns + k];
                }
                target.store(row, t);
            }
        });
    }

    @Override
    public void close() {
        workers.close();
        memory.close();
    }

    private static void addRow(Buffer x, Buffer delta, int t, float[] row, float[] deltaRow) {
        loadRow(x, t, row);
        loadRow(delta, t, deltaRow);
        for (int k = 0; k < row.length; k++) {
            row[k] += deltaRow[k];
        }
        storeRow(row, x, t);
    }

    private static void norm(float[] x, int from, int columns, float[] weight, float epsilon) {
        float[] sums = new float[PARTIAL_SUMS];
        for (int k = 0; k < columns; k++) {
            sums[k % PARTIAL_SUMS] = Math.fma(x[from + k], x[from + k], sums[k % PARTIAL_SUMS]);
        }
        float r = 1f / (float) Math.sqrt(fold(sums) / columns + epsilon);
        for (int k = 0; k < columns; k++) {
            x[from + k] = (x[from + k] * r) * weight[k];
        }
    }

    /** Sums a power of two of floats by halves; overwrites them. */
    static float fold(float[] sums) {
        for (int half = sums.length / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                sums[i] += sums[i + half];
            }
        }
        return sums[0];
    }

    private static float[] newRow(Buffer buffer) {
        return new float[Math.toIntExact(buffer.columns())];
    }

    private static float[] vector(Buffer buffer, int count) {
        return buffer.memory().asSlice(0, (long) count * Float.BYTES).toArray(FLOAT);
    }

    static void loadRow(Buffer buffer, long index, float[] row) {
        MemorySegment.copy(buffer.memory(), FLOAT, index * buffer.columns() * Float.BYTES, row, 0, row.length);
    }

    private static void storeRow(float[] row, Buffer buffer, long index) {
        MemorySegment.copy(row, 0, buffer.memory(), FLOAT, index * buffer.columns() * Float.BYTES, row.length);
    }

    static int intAt(Buffer buffer, long index) {
        return buffer.memory().getAtIndex(INT, index);
    }

    /** One row of activations on its way to a buffer, with scratch of its own. */
    private static final class ActivationRow {
        private final Activations target;
        private final byte[] codes;
        private final float[] scales;
        private final short[] sums;

        ActivationRow(Activations target) {
            this.target = target;
            codes = new byte[Activations.paddedColumns(target.columns())];
            scales = new float[Activations.groups(target.columns())];
            sums = new short[codes.length / Activations.SUM];
        }

        void store(float[] row, int t) {
            int columns = target.columns();
            for (int g = 0; g < scales.length; g++) {
                int from = g * Activations.GROUP;
                scales[g] = Quantizer.group(row, from, Math.min(from + Activations.GROUP, columns), codes, from);
            }
            for (int i = 0; i < sums.length; i++) {
                int sum = 0;
                for (int k = i * Activations.SUM; k < (i + 1) * Activations.SUM; k++) {
                    sum += codes[k];
                }
                sums[i] = (short) sum;
            }
            long at = t;
            MemorySegment.copy(
                    codes, 0, target.codes().memory(), ValueLayout.JAVA_BYTE, at * codes.length, codes.length);
            MemorySegment.copy(
                    scales, 0, target.scales().memory(), FLOAT, at * scales.length * Float.BYTES, scales.length);
            MemorySegment.copy(
                    sums,
                    0,
                    target.sums().memory(),
                    ValueLayout.JAVA_SHORT,
                    at * sums.length * Short.BYTES,
                    sums.length);
        }
    }
}
