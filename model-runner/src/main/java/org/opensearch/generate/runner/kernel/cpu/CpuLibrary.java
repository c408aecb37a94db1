// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.kernel.Activations;
import org.opensearch.generate.runner.kernel.AttentionRows;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.GroupScales;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.RopeTable;

/**
 * The C kernels of one level, as {@code src/main/c/kernels.h} declares them; each method does a part {@code [begin, end)} of an
 * operation on the calling thread. Shapes are the caller's to check. A library stays loaded until the process ends. Thread-safe.
 */
@SuppressWarnings("restricted") // calling C is what this class is for
final class CpuLibrary {
    private final CpuLevel level;
    private final String device;
    private final Handles handles;

    /** Where the functions of {@code kernels.h} are had from. */
    interface Functions {
        /**
         * What calls a function.
         *
         * @param name with its prefix {@code generate_}
         * @param type its arguments and result
         */
        MethodHandle function(String name, FunctionDescriptor type);
    }

    /**
     * Binds the functions of a level.
     *
     * @param level what they ask of the processor
     * @param device the name in statistics and errors
     */
    CpuLibrary(CpuLevel level, String device, Functions functions) {
        this.level = level;
        this.device = device;
        this.handles = bind(functions);
    }

    /** The functions of one level. */
    private record Handles(
            MethodHandle level,
            MethodHandle embed,
            MethodHandle add,
            MethodHandle gather,
            MethodHandle rmsNorm,
            MethodHandle addRmsNorm,
            MethodHandle headRmsNorm,
            MethodHandle quantize,
            MethodHandle matmul,
            MethodHandle rope,
            MethodHandle appendKv,
            MethodHandle attention,
            MethodHandle swiglu) {}

    /**
     * Loads a level from {@code folder/<os>-<arch>/}.
     *
     * @throws DeviceException if the library is not there, or is none for this machine
     */
    static CpuLibrary load(CpuLevel level, @Nullable Path folder) {
        String device = "cpu-" + level.id();
        if (folder == null) {
            throw new DeviceException("load", device, "no folder of C kernels is given");
        }
        Path file = folder.resolve(platform()).resolve("libgenerate-" + level.id() + ".so");
        if (!Files.isRegularFile(file)) {
            throw new DeviceException("load", device, "there is no " + platform() + "/" + file.getFileName());
        }
        try {
            SymbolLookup symbols = SymbolLookup.libraryLookup(file.toAbsolutePath(), Arena.global());
            return new CpuLibrary(level, device, (name, type) -> Linker.nativeLinker()
                    .downcallHandle(symbols.findOrThrow(name), type));
        } catch (RuntimeException e) {
            throw new DeviceException(
                    "load", device, platform() + "/" + file.getFileName() + " cannot be used: " + e.getMessage());
        }
    }

    /** The folder of a machine's libraries, such as {@code linux-x86_64}. */
    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).replaceFirst(" .*", "");
        return os + "-" + architecture();
    }

    /** The machine's processor family, such as {@code x86_64}. */
    static String architecture() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    private static Handles bind(Functions symbols) {
        return new Handles(
                symbols.function("generate_level", FunctionDescriptor.of(JAVA_LONG)),
                function(symbols, "embed", "ppppppiiiipiip"),
                function(symbols, "add", "ppii"),
                function(symbols, "gather", "ppiiip"),
                function(symbols, "rms_norm", "ppfiiippp"),
                function(symbols, "add_rms_norm", "pppfiiippp"),
                function(symbols, "head_rms_norm", "piiipfii"),
                function(symbols, "quantize", "piiippp"),
                function(symbols, "matmul", "pppppppiiiiipppiiipii"),
                function(symbols, "rope", "piiipiipii"),
                function(symbols, "append_kv", "ppiiipipii"),
                function(symbols, "attention", "pipiiiiipppiifiiip"),
                function(symbols, "swiglu", "piiippp"));
    }

    /** @param arguments a letter each: pointer, integer of 64 bits, or float */
    private static MethodHandle function(Functions symbols, String name, String arguments) {
        MemoryLayout[] layouts = arguments
                .chars()
                .mapToObj(c -> c == 'p' ? ADDRESS : c == 'i' ? JAVA_LONG : JAVA_FLOAT)
                .toArray(MemoryLayout[]::new);
        return symbols.function("generate_" + name, FunctionDescriptor.ofVoid(layouts));
    }

    /** The level of these kernels. */
    CpuLevel level() {
        return level;
    }

    /** {@code cpu-<level>}. */
    String device() {
        return device;
    }

    /** The best level that processor and system can run. */
    CpuLevel best() {
        try {
            return CpuLevel.of(architecture(), (long) handles.level.invokeExact());
        } catch (Throwable e) {
            throw failed("level", e);
        }
    }

    void embed(PackedMatrix table, Buffer ids, long begin, long end, Buffer out) {
        try {
            handles.embed.invokeExact(
                    table.codes().memory(),
                    memory(table.table()),
                    table.scales().small().memory(),
                    memory(table.scales().large()),
                    memory(table.minima().map(GroupScales::small)),
                    memory(table.minima().flatMap(GroupScales::large)),
                    (long) table.columns(),
                    (long) table.bits(),
                    (long) table.group(),
                    (long) table.zero(),
                    ids.memory(),
                    begin,
                    end,
                    out.memory());
        } catch (Throwable e) {
            throw failed("embed", e);
        }
    }

    void add(Buffer x, Buffer delta, long begin, long end) {
        try {
            handles.add.invokeExact(x.memory(), delta.memory(), begin * x.columns(), end * x.columns());
        } catch (Throwable e) {
            throw failed("add", e);
        }
    }

    void gather(Buffer source, Buffer rows, long begin, long end, Buffer out) {
        try {
            handles.gather.invokeExact(source.memory(), rows.memory(), source.columns(), begin, end, out.memory());
        } catch (Throwable e) {
            throw failed("gather", e);
        }
    }

    void rmsNorm(Buffer x, Buffer weight, float epsilon, long begin, long end, Activations out) {
        try {
            handles.rmsNorm.invokeExact(
                    x.memory(),
                    weight.memory(),
                    epsilon,
                    (long) out.columns(),
                    begin,
                    end,
                    out.codes().memory(),
                    out.scales().memory(),
                    out.sums().memory());
        } catch (Throwable e) {
            throw failed("rmsNorm", e);
        }
    }

    void addRmsNorm(Buffer x, Buffer delta, Buffer weight, float epsilon, long begin, long end, Activations out) {
        try {
            handles.addRmsNorm.invokeExact(
                    x.memory(),
                    delta.memory(),
                    weight.memory(),
                    epsilon,
                    (long) out.columns(),
                    begin,
                    end,
                    out.codes().memory(),
                    out.scales().memory(),
                    out.sums().memory());
        } catch (Throwable e) {
            throw failed("addRmsNorm", e);
        }
    }

    void headRmsNorm(
            Buffer x, int firstColumn, int heads, int headDim, Buffer weight, float epsilon, long begin, long end) {
        try {
            handles.headRmsNorm.invokeExact(
                    column(x, firstColumn),
                    x.columns(),
                    (long) heads,
                    (long) headDim,
                    weight.memory(),
                    epsilon,
                    begin,
                    end);
        } catch (Throwable e) {
            throw failed("headRmsNorm", e);
        }
    }

    void quantize(Buffer x, long begin, long end, Activations out) {
        try {
            handles.quantize.invokeExact(
                    x.memory(),
                    (long) out.columns(),
                    begin,
                    end,
                    out.codes().memory(),
                    out.scales().memory(),
                    out.sums().memory());
        } catch (Throwable e) {
            throw failed("quantize", e);
        }
    }

    /** Row blocks {@code begin} to {@code end} for all tokens; the matrix's outputs begin at {@code firstColumn}. */
    void matmul(
            PackedMatrix weight,
            Activations x,
            int tokens,
            long begin,
            long end,
            Buffer out,
            int firstColumn,
            MatmulKernel kernel) {
        try {
            handles.matmul.invokeExact(
                    weight.codes().memory(),
                    memory(weight.table()),
                    weight.scales().small().memory(),
                    memory(weight.scales().large()),
                    memory(weight.minima().map(GroupScales::small)),
                    memory(weight.minima().flatMap(GroupScales::large)),
                    memory(weight.bias()),
                    (long) weight.rows(),
                    (long) weight.columns(),
                    (long) weight.bits(),
                    (long) weight.group(),
                    (long) weight.zero(),
                    x.codes().memory(),
                    x.scales().memory(),
                    x.sums().memory(),
                    (long) tokens,
                    begin,
                    end,
                    column(out, firstColumn),
                    out.columns(),
                    kernel.code());
        } catch (Throwable e) {
            throw failed("matmul", e);
        }
    }

    void rope(
            Buffer x,
            int firstColumn,
            int heads,
            int headDim,
            RopeTable table,
            Buffer positions,
            long begin,
            long end) {
        try {
            handles.rope.invokeExact(
                    column(x, firstColumn),
                    x.columns(),
                    (long) heads,
                    (long) headDim,
                    table.cosSin().memory(),
                    (long) table.dims(),
                    table.interleaved() ? 1L : 0L,
                    positions.memory(),
                    begin,
                    end);
        } catch (Throwable e) {
            throw failed("rope", e);
        }
    }

    void appendKv(
            Buffer qkv, int keyColumn, int valueColumn, KvCache cache, int layer, Buffer slots, long begin, long end) {
        try {
            handles.appendKv.invokeExact(
                    column(qkv, keyColumn),
                    column(qkv, valueColumn),
                    qkv.columns(),
                    (long) cache.kvHeads(),
                    (long) cache.headDim(),
                    cache.layers().get(layer).memory(),
                    type(cache, layer),
                    slots.memory(),
                    begin,
                    end);
        } catch (Throwable e) {
            throw failed("appendKv", e);
        }
    }

    /** Items {@code begin} to {@code end}: item {@code i} is row {@code i % tokens} for key head {@code i / tokens}. */
    void attention(
            Buffer q,
            KvCache cache,
            int layer,
            AttentionRows rows,
            int tokens,
            int heads,
            int parts,
            float scale,
            int window,
            long begin,
            long end,
            Buffer out) {
        try {
            handles.attention.invokeExact(
                    q.memory(),
                    q.columns(),
                    cache.layers().get(layer).memory(),
                    type(cache, layer),
                    (long) cache.kvHeads(),
                    (long) cache.headDim(),
                    (long) heads,
                    (long) parts,
                    rows.positions().memory(),
                    rows.sequences().memory(),
                    rows.blockTables().memory(),
                    rows.blockTables().columns(),
                    (long) tokens,
                    scale,
                    (long) window,
                    begin,
                    end,
                    out.memory());
        } catch (Throwable e) {
            throw failed("attention", e);
        }
    }

    void swiglu(Buffer gateAndUp, long begin, long end, Activations out) {
        try {
            handles.swiglu.invokeExact(
                    gateAndUp.memory(),
                    (long) out.columns(),
                    begin,
                    end,
                    out.codes().memory(),
                    out.scales().memory(),
                    out.sums().memory());
        } catch (Throwable e) {
            throw failed("swiglu", e);
        }
    }

    private static MemorySegment memory(Optional<Buffer> buffer) {
        return buffer.map(Buffer::memory).orElse(MemorySegment.NULL);
    }

    private static MemorySegment column(Buffer buffer, int column) {
        return buffer.memory().asSlice((long) column * buffer.type().bytes());
    }

    /** {@code KV_F32}, {@code KV_BF16} or {@code KV_INT8}. */
    private static long type(KvCache cache, int layer) {
        return switch (cache.layers().get(layer).type()) {
            case F32 -> 0;
            case BF16 -> 1;
            case I8 -> 2;
            default -> throw new IllegalArgumentException("no type of KV pages");
        };
    }

    /** The C functions never fail; this is memory freed too early, or a bug of ours. */
    private IllegalStateException failed(String operation, Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(operation + " on " + device, e);
    }
}
