// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
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
import org.opensearch.generate.runner.kernel.MatrixPacker;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.RopeTable;
import org.opensearch.generate.runner.kernel.ScalarKernels;
import org.opensearch.generate.runner.kernel.Shapes;
import org.opensearch.generate.runner.kernel.Workers;

/**
 * The operations in C, at one {@link CpuLevel}. Java owns memory and threads: each operation is cut into parts that write apart,
 * and every part is one call of {@link CpuLibrary}.
 */
public final class CpuKernels implements Kernels {
    /** What {@link #open} takes as a level, the levels of all processor families among them. */
    public static final List<String> LEVEL_NAMES = Stream.concat(
                    Stream.of("auto", "java"), Arrays.stream(CpuLevel.values()).map(CpuLevel::id))
            .toList();

    /** The widest head of attention, {@code MAX_HEAD_DIM} in {@code kernels.h}. */
    static final int MAX_HEAD_DIM = 512;

    /** Elements that are worth a chunk of an operation on rows: some microseconds. */
    private static final int CHUNK_ELEMENTS = 8192;
    /** With more tokens than this, the products pass all of them over a panel of row blocks that stays in the cache. */
    private static final int FEW_TOKENS = 8;
    /** Row blocks of such a panel, {@code PANEL_BLOCKS} in {@code panel.h}. */
    private static final int PANEL_BLOCKS = 8;
    /** Query rows that read a key head together, {@code TILE_ROWS} in {@code attention.h}. */
    private static final int ATTENTION_ROWS = 64;

    private final CpuLibrary library;
    private final MatmulChoice choice;
    private final HostMemory memory;
    private final Workers workers;
    private final MatrixPacker packer;

    CpuKernels(CpuLibrary library, MatmulChoice choice, Workers workers, MemoryBudget budget) {
        this.library = library;
        this.choice = choice;
        this.memory = new HostMemory(budget);
        this.workers = workers;
        this.packer = new MatrixPacker(memory, workers);
    }

    /**
     * Kernels that were opened, and why they are not the best of this machine.
     *
     * @param kernels what computes
     * @param fallback the first problem that kept faster kernels away, for statistics and log; empty if there was none
     */
    public record Opened(Kernels kernels, String fallback) {}

    /**
     * Opens the kernels of a level.
     *
     * @param level {@code java}; the name of a {@link CpuLevel}; or {@code auto}, the best that this machine can run and load,
     *     in the end Java
     * @param folder where the libraries are, in a folder for each platform; null if there is none
     * @param threads threads of an operation, the caller included
     * @param budget who must agree to memory
     * @throws IllegalArgumentException for an unknown level
     * @throws DeviceException if a level asked for by name cannot be had here
     */
    public static Opened open(String level, @Nullable Path folder, int threads, MemoryBudget budget) {
        Workers workers = new Workers(threads);
        try {
            return open(level, folder, workers, budget);
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
    }

    /** The same on threads of the caller's choice, which are closed with the kernels. */
    public static Opened open(String level, @Nullable Path folder, Workers workers, MemoryBudget budget) {
        if (level.equals("java")) {
            return new Opened(new ScalarKernels(new HostMemory(budget), workers), "");
        }
        if (level.equals("auto")) {
            return openBest(folder, workers, budget);
        }
        CpuLevel wanted = Arrays.stream(CpuLevel.values())
                .filter(l -> l.id().equals(level))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "kernel level [" + level + "] is none of " + String.join(", ", LEVEL_NAMES)));
        if (!wanted.isFor(CpuLibrary.architecture())) {
            throw new DeviceException(
                    "load",
                    "cpu-" + level,
                    "it is for " + wanted.architecture() + " processors, this one is " + CpuLibrary.architecture());
        }
        CpuLevel best = best(folder);
        if (!best.downwards().contains(wanted)) {
            throw new DeviceException("load", "cpu-" + level, "this processor runs " + best.id() + " at most");
        }
        CpuLibrary library = CpuLibrary.load(wanted, folder);
        return new Opened(new CpuKernels(library, MatmulChoice.of(library), workers, budget), "");
    }

    private static Opened openBest(@Nullable Path folder, Workers workers, MemoryBudget budget) {
        String fallback = "";
        try {
            for (CpuLevel level : best(folder).downwards()) {
                try {
                    CpuLibrary library = CpuLibrary.load(level, folder);
                    return new Opened(new CpuKernels(library, MatmulChoice.of(library), workers, budget), fallback);
                } catch (DeviceException e) {
                    fallback = fallback.isEmpty() ? String.valueOf(e.getMessage()) : fallback;
                }
            }
        } catch (DeviceException e) {
            fallback = String.valueOf(e.getMessage());
        }
        return new Opened(new ScalarKernels(new HostMemory(budget), workers), fallback);
    }

    /** The best level that this machine runs, by the word of the baseline library. */
    static CpuLevel best(@Nullable Path folder) {
        return CpuLibrary.load(CpuLevel.BASELINE, folder).best();
    }

    @Override
    public String name() {
        return library.device();
    }

    @Override
    public String products() {
        return choice.toString();
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
        workers.run(tokens, rows(out.columns()), (from, to) -> library.embed(table, ids, from, to, out));
    }

    @Override
    public void add(Buffer x, Buffer delta, int tokens) {
        Shapes.add(x, delta, tokens);
        workers.run(tokens, rows(x.columns()), (from, to) -> library.add(x, delta, from, to));
    }

    @Override
    public void gather(Buffer source, Buffer rows, int count, Buffer out) {
        Shapes.gather(source, rows, count, out);
        workers.run(count, rows(out.columns()), (from, to) -> library.gather(source, rows, from, to, out));
    }

    @Override
    public void rmsNorm(Buffer x, Buffer weight, float epsilon, int tokens, Activations out) {
        Shapes.rmsNorm(x, weight, tokens, out);
        workers.run(tokens, rows(x.columns()), (from, to) -> library.rmsNorm(x, weight, epsilon, from, to, out));
    }

    @Override
    public void addRmsNorm(Buffer x, Buffer delta, Buffer weight, float epsilon, int tokens, Activations out) {
        Shapes.add(x, delta, tokens);
        Shapes.rmsNorm(x, weight, tokens, out);
        workers.run(
                tokens, rows(x.columns()), (from, to) -> library.addRmsNorm(x, delta, weight, epsilon, from, to, out));
    }

    @Override
    public void headRmsNorm(
            Buffer x, int firstColumn, int heads, int headDim, Buffer weight, float epsilon, int tokens) {
        Shapes.headRmsNorm(x, firstColumn, heads, headDim, weight, tokens);
        workers.run(
                tokens,
                rows((long) heads * headDim),
                (from, to) -> library.headRmsNorm(x, firstColumn, heads, headDim, weight, epsilon, from, to));
    }

    @Override
    public void quantize(Buffer x, int tokens, Activations out) {
        Shapes.quantize(x, tokens, out);
        workers.run(tokens, rows(x.columns()), (from, to) -> library.quantize(x, from, to, out));
    }

    /** The row blocks of all matrices are one range, so that the threads meet once. */
    @Override
    public void matmul(List<PackedMatrix> weights, Activations x, int tokens, Buffer out) {
        Shapes.matmul(weights, x, tokens, out);
        if (tokens == 0) {
            return;
        }
        int blocks = weights.stream().mapToInt(PackedMatrix::blocks).sum();
        workers.run(blocks, tokens > FEW_TOKENS ? PANEL_BLOCKS : 1, (from, to) -> {
            int firstBlock = 0;
            int firstColumn = 0;
            for (PackedMatrix weight : weights) {
                int begin = Math.max(from - firstBlock, 0);
                int end = Math.min(to - firstBlock, weight.blocks());
                if (begin < end) {
                    library.matmul(weight, x, tokens, begin, end, out, firstColumn, choice.kernel(weight, tokens));
                }
                firstBlock += weight.blocks();
                firstColumn += weight.rows();
            }
        });
    }

    @Override
    public void rope(Buffer x, int firstColumn, int heads, int headDim, RopeTable table, Buffer positions, int tokens) {
        Shapes.rope(x, firstColumn, heads, headDim, table, positions, tokens);
        workers.run(
                tokens,
                rows((long) heads * headDim),
                (from, to) -> library.rope(x, firstColumn, heads, headDim, table, positions, from, to));
    }

    @Override
    public void appendKv(
            Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, AttentionRows rows, int tokens) {
        Shapes.appendKv(qkv, keyColumn, valueColumn, cache, layer, rows, tokens);
        workers.run(
                tokens,
                rows(2L * cache.kvHeads() * cache.headDim()),
                (from, to) -> library.appendKv(qkv, keyColumn, valueColumn, cache, layer, rows.slots(), from, to));
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
        if (cache.headDim() > MAX_HEAD_DIM) {
            throw new IllegalArgumentException(
                    "attention: heads of " + cache.headDim() + " elements, at most " + MAX_HEAD_DIM + " are possible");
        }
        int group = heads / cache.kvHeads();
        int parts = attentionParts(tokens * cache.kvHeads(), group);
        workers.run(
                tokens * cache.kvHeads() * parts,
                Math.min(tokens, Math.max(1, ATTENTION_ROWS / group)),
                (from, to) ->
                        library.attention(q, cache, layer, rows, tokens, heads, parts, scale, window, from, to, out));
    }

    /** Into how many parts the query heads of a key head are cut, so that few rows suffice for all threads. */
    private int attentionParts(int items, int group) {
        return items == 0 ? 1 : Math.clamp(workers.threads() / items, 1, group);
    }

    @Override
    public void swiglu(Buffer gateAndUp, int tokens, Activations out) {
        Shapes.swiglu(gateAndUp, tokens, out);
        workers.run(tokens, rows(gateAndUp.columns()), (from, to) -> library.swiglu(gateAndUp, from, to, out));
    }

    /** How many rows are worth a chunk. */
    private static int rows(long columns) {
        return (int) Math.max(1, CHUNK_ELEMENTS / columns);
    }

    @Override
    public void close() {
        workers.close();
        memory.close();
    }
}
