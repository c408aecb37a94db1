// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.AttentionRows;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.HostMemory;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.MatrixLayout;
import org.opensearch.generate.runner.kernel.MatrixPacker;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.RopeTable;
import org.opensearch.generate.runner.kernel.Shapes;
import org.opensearch.generate.runner.kernel.Workers;

/**
 * The operations on one NVIDIA card. They are put into a stream and done in order; {@link #download} waits, and throws what went
 * wrong before. The bits are those of {@link org.opensearch.generate.runner.kernel.ScalarKernels}: the kernels have its sums in its
 * order. Weights are packed by the host and copied.
 */
public final class CudaKernels implements Kernels {
    /** The widest head of attention, {@code MAX_HEAD_DIM} in {@code attention.cuh}. */
    private static final int MAX_HEAD_DIM = 512;

    private static final int THREADS = 256;
    private static final int WARP = 32;
    /** {@code ATTENTION_WARPS} in {@code attention.cuh}. */
    private static final int ATTENTION_WARPS = 4;
    /** Rows of a block of a product with few tokens: two blocks of {@link PackedMatrix}. */
    private static final int PRODUCT_ROWS = 2 * PackedMatrix.BLOCK_ROWS;
    /** Few tokens: at most so many. */
    private static final int FEW_TOKENS = 8;
    /** Warps of a block of a product of tiles, each with a block of {@link PackedMatrix}. */
    private static final int TILE_WARPS = 4;
    /** Tokens of such a block, {@code TILES * TILE_TOKENS} in {@code matmul_tiles.cu}. */
    private static final int TILE_TOKENS = 32;

    private final CudaDevice device;
    private final CudaMemory memory;
    private final CudaModules modules;
    private final Workers workers;

    private CudaKernels(CudaDevice device, CudaModules modules, Workers workers, MemoryBudget budget) {
        this.device = device;
        this.modules = modules;
        this.memory = new CudaMemory(device, budget);
        this.workers = workers;
    }

    /**
     * Opens a card.
     *
     * @param number which, counted from 0
     * @param workers threads that pack weights, closed with the kernels
     * @param budget who must agree to the card's memory
     * @throws DeviceException if there is no driver, no such card, or it cannot be used; the workers stay open
     */
    public static CudaKernels open(int number, Workers workers, MemoryBudget budget) {
        return open(CudaDriver.load(), number, workers, budget);
    }

    /** The same of the card with most free memory. */
    public static CudaKernels openFreest(Workers workers, MemoryBudget budget) {
        CudaDriver driver = CudaDriver.load();
        return open(driver, CudaDevice.freest(driver), workers, budget);
    }

    static CudaKernels open(CudaDriver driver, int number, Workers workers, MemoryBudget budget) {
        CudaDevice device = new CudaDevice(driver, number);
        try {
            return new CudaKernels(device, new CudaModules(device), workers, budget);
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    /** {@code cuda:N} and what the maker calls the card. */
    @Override
    public String name() {
        return device.id() + " " + device.name();
    }

    @Override
    public Buffer allocate(String what, DataType type, long rows, long columns) {
        return memory.allocate(what, type, rows, columns);
    }

    /** A copy on the card: the memory may go at once. */
    @Override
    public Buffer adopt(String what, DataType type, long rows, long columns, MemorySegment source) {
        Buffer buffer = memory.allocate(what, type, rows, columns);
        memory.upload(source, buffer);
        return buffer;
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
        return Activations.allocate(what, maxTokens, columns, this::allocate, this::free);
    }

    /** The host has one matrix at a time besides, which is not counted. */
    @Override
    public PackedMatrix pack(Tensor weight, @Nullable Tensor bias) {
        try (HostMemory host = new HostMemory(MemoryBudget.UNLIMITED)) {
            PackedMatrix packed = new MatrixPacker(host, workers).pack(weight, bias);
            List<Buffer> taken = new ArrayList<>();
            try {
                PackedMatrix matrix = MatrixLayout.allocate(weight, bias, (what, type, rows, columns) -> {
                    Buffer buffer = memory.allocate(what, type, rows, columns);
                    taken.add(buffer);
                    return buffer;
                });
                Iterator<Buffer> targets = matrix.buffers().iterator();
                packed.buffers().forEach(buffer -> memory.upload(buffer.memory(), targets.next()));
                device.await();
                return matrix;
            } catch (RuntimeException | Error e) {
                taken.forEach(memory::free);
                throw e;
            }
        }
    }

    @Override
    public void embed(PackedMatrix table, Buffer ids, int tokens, Buffer out) {
        Shapes.embed(table, ids, tokens, out);
        modules.arguments().matrix(table).pointer(ids).pointer(out);
        modules.launch("embed", tokens, 1, threads(Math.ceilDiv(table.columns(), WARP)));
    }

    @Override
    public void add(Buffer x, Buffer delta, int tokens) {
        Shapes.add(x, delta, tokens);
        long count = tokens * x.columns();
        modules.arguments().pointer(x).pointer(delta).number(count);
        modules.launch("add", Math.ceilDiv(count, THREADS), 1, THREADS);
    }

    @Override
    public void gather(Buffer source, Buffer rows, int count, Buffer out) {
        Shapes.gather(source, rows, count, out);
        modules.arguments().pointer(source).pointer(rows).pointer(out).number((int) source.columns());
        modules.launch("gather", count, 1, threads(Math.ceilDiv(source.columns(), WARP)));
    }

    @Override
    public void rmsNorm(Buffer x, Buffer weight, float epsilon, int tokens, Activations out) {
        Shapes.rmsNorm(x, weight, tokens, out);
        modules.arguments()
                .pointer(x)
                .number(0L)
                .pointer(weight)
                .activations(out)
                .number(epsilon);
        modules.launch("rms_norm", tokens, 1, threads(Activations.groups(out.columns())));
    }

    @Override
    public void addRmsNorm(Buffer x, Buffer delta, Buffer weight, float epsilon, int tokens, Activations out) {
        Shapes.add(x, delta, tokens);
        Shapes.rmsNorm(x, weight, tokens, out);
        modules.arguments()
                .pointer(x)
                .pointer(delta)
                .pointer(weight)
                .activations(out)
                .number(epsilon);
        modules.launch("rms_norm", tokens, 1, threads(Activations.groups(out.columns())));
    }

    @Override
    public void headRmsNorm(
            Buffer x, int firstColumn, int heads, int headDim, Buffer weight, float epsilon, int tokens) {
        Shapes.headRmsNorm(x, firstColumn, heads, headDim, weight, tokens);
        modules.arguments()
                .column(x, firstColumn)
                .pointer(weight)
                .number(x.columns())
                .number(heads)
                .number(headDim)
                .number(tokens)
                .number(epsilon);
        modules.launch("head_rms_norm", Math.ceilDiv((long) tokens * heads, THREADS / WARP), 1, THREADS);
    }

    @Override
    public void quantize(Buffer x, int tokens, Activations out) {
        Shapes.quantize(x, tokens, out);
        modules.arguments().pointer(x).activations(out);
        modules.launch("quantize", tokens, 1, threads(Activations.groups(out.columns())));
    }

    @Override
    public void matmul(List<PackedMatrix> weights, Activations x, int tokens, Buffer out) {
        Shapes.matmul(weights, x, tokens, out);
        int firstColumn = 0;
        for (PackedMatrix weight : weights) {
            modules.arguments()
                    .matrix(weight)
                    .pointer(weight.bias())
                    .pointer(x.codes())
                    .pointer(x.scales())
                    .pointer(x.sums())
                    .column(out, firstColumn)
                    .number(out.columns())
                    .number(weight.rows())
                    .number(tokens);
            if (tokens > FEW_TOKENS) {
                int blocks = Math.ceilDiv(weight.blocks(), TILE_WARPS);
                modules.launch("matmul_tiles", blocks, Math.ceilDiv(tokens, TILE_TOKENS), TILE_WARPS * WARP);
            } else if (tokens > 0) {
                int blocks = Math.ceilDiv(weight.rows(), PRODUCT_ROWS);
                int groups = tokens == 1 ? Activations.groups(x.columns()) : FEW_TOKENS;
                modules.launch(tokens == 1 ? "matmul_1" : "matmul_8", blocks, 1, threads(groups));
            }
            firstColumn += weight.rows();
        }
    }

    @Override
    public void rope(Buffer x, int firstColumn, int heads, int headDim, RopeTable table, Buffer positions, int tokens) {
        Shapes.rope(x, firstColumn, heads, headDim, table, positions, tokens);
        modules.arguments()
                .column(x, firstColumn)
                .pointer(table.cosSin())
                .pointer(positions)
                .number(x.columns())
                .number(heads)
                .number(headDim)
                .number(table.dims())
                .number(table.interleaved() ? 1 : 0)
                .number(tokens);
        modules.launch("rope", Math.ceilDiv((long) tokens * heads * (table.dims() / 2), THREADS), 1, THREADS);
    }

    @Override
    public void appendKv(
            Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, AttentionRows rows, int tokens) {
        Shapes.appendKv(qkv, keyColumn, valueColumn, cache, layer, rows, tokens);
        Buffer pages = cache.layers().get(layer);
        modules.arguments()
                .column(qkv, keyColumn)
                .column(qkv, valueColumn)
                .pointer(rows.slots())
                .pointer(pages)
                .number(qkv.columns())
                .number(cache.kvHeads())
                .number(cache.headDim())
                .number(tokens);
        long heads = (long) tokens * cache.kvHeads();
        long blocks = pages.type() == DataType.I8
                ? Math.ceilDiv(2 * heads, THREADS / WARP)
                : Math.ceilDiv(heads * cache.headDim(), THREADS);
        modules.launch("append_kv_" + suffix(pages.type()), blocks, 1, THREADS);
    }

    @Override
    public void copyPage(KvCache cache, int from, int to) {
        Shapes.page(cache, from);
        Shapes.page(cache, to);
        for (Buffer layer : cache.layers()) {
            long bytes = layer.columns() * layer.type().bytes();
            memory.copy(layer, from * bytes, to * bytes, bytes);
        }
    }

    /** The card's memory is there from the start. */
    @Override
    public void prefault(KvCache cache, int from, int to) {
        Shapes.page(cache, from);
        Shapes.page(cache, to - 1);
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
        if (cache.headDim() > MAX_HEAD_DIM) {
            throw new IllegalArgumentException(
                    "attention: heads of " + cache.headDim() + " elements, at most " + MAX_HEAD_DIM + " are possible");
        }
        Buffer pages = cache.layers().get(layer);
        modules.arguments()
                .pointer(q)
                .pointer(pages)
                .pointer(rows.positions())
                .pointer(rows.sequences())
                .pointer(rows.blockTables())
                .pointer(out)
                .number(q.columns())
                .number(rows.blockTables().columns())
                .number(cache.kvHeads())
                .number(cache.headDim())
                .number(heads)
                .number(tokens)
                .number(window)
                .number(scale);
        modules.launch("attention_" + suffix(pages.type()), (long) tokens * heads, 1, ATTENTION_WARPS * WARP);
    }

    @Override
    public void swiglu(Buffer gateAndUp, int tokens, Activations out) {
        Shapes.swiglu(gateAndUp, tokens, out);
        modules.arguments().pointer(gateAndUp).activations(out);
        modules.launch("swiglu", tokens, 1, threads(Activations.groups(out.columns())));
    }

    /** Threads of a block that has so many warps' work. */
    private static int threads(long warps) {
        return (int) Math.min(THREADS, warps * WARP);
    }

    private static String suffix(DataType type) {
        return switch (type) {
            case F32 -> "f32";
            case BF16 -> "bf16";
            case I8 -> "int8";
            default -> throw new IllegalArgumentException("no type of KV pages: " + type);
        };
    }

    @Override
    public void close() {
        workers.close();
        try {
            memory.close();
        } finally {
            try {
                modules.close();
            } finally {
                device.close();
            }
        }
    }
}
