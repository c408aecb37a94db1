// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.opensearch.generate.runner.kernel.DeviceException;

/**
 * The driver's library, {@code libcuda.so.1}: one method for each of its functions that is used. Handles of the driver are longs,
 * device memory is its address. A result other than success is a {@link DeviceException} that names call, device and meaning.
 * What is said of a device concerns the one whose context is current on the calling thread. Thread-safe.
 */
@SuppressWarnings("restricted") // calling C is what this class is for
final class CudaDriver {
    /** Where the library is, if not where the system looks for {@value #LIBRARY}. */
    static final String LIBRARY_PROPERTY = "generate.cuda.library";

    private static final String LIBRARY = "libcuda.so.1";
    /** The least that a driver must support: 11.4, for the functions bound here. */
    private static final int LEAST_VERSION = 11040;

    private static final String ANY = "cuda";
    private static final int NAME_BYTES = 256;
    /** {@code CU_STREAM_NON_BLOCKING}. */
    private static final int STREAM_ALONE = 1;
    /** {@code CU_STREAM_CAPTURE_MODE_THREAD_LOCAL}. */
    private static final int CAPTURE_OF_THREAD = 1;

    private final Handles handles;
    private final int version;

    /** The functions used. */
    private record Handles(
            MethodHandle errorName,
            MethodHandle init,
            MethodHandle driverVersion,
            MethodHandle deviceCount,
            MethodHandle deviceName,
            MethodHandle deviceAttribute,
            MethodHandle deviceMemory,
            MethodHandle retainContext,
            MethodHandle releaseContext,
            MethodHandle setContext,
            MethodHandle memoryInfo,
            MethodHandle allocate,
            MethodHandle free,
            MethodHandle fill,
            MethodHandle copyIn,
            MethodHandle copyOut,
            MethodHandle copyWithin,
            MethodHandle createStream,
            MethodHandle destroyStream,
            MethodHandle waitForStream,
            MethodHandle createEvent,
            MethodHandle recordEvent,
            MethodHandle waitForEvent,
            MethodHandle elapsed,
            MethodHandle destroyEvent,
            MethodHandle loadModule,
            MethodHandle unloadModule,
            MethodHandle function,
            MethodHandle launch,
            MethodHandle beginCapture,
            MethodHandle endCapture,
            MethodHandle instantiate,
            MethodHandle launchGraph,
            MethodHandle destroyGraph,
            MethodHandle destroyExecutable) {}

    /** A call of the driver; returns its result. */
    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    private CudaDriver(SymbolLookup symbols) {
        handles = bind(symbols);
        check("cuInit", ANY, () -> (int) handles.init.invokeExact(0));
        version = intOut("cuDriverGetVersion", ANY, out -> (int) handles.driverVersion.invokeExact(out));
        if (version < LEAST_VERSION) {
            throw new DeviceException(
                    "load",
                    ANY,
                    "the driver supports CUDA " + text(version) + ", at least " + text(LEAST_VERSION) + " is wanted");
        }
    }

    /**
     * Loads and starts the driver, from {@link #LIBRARY_PROPERTY} if that is set.
     *
     * @throws DeviceException if there is no driver, none that is new enough, or no card
     */
    static CudaDriver load() {
        return load(System.getProperty(LIBRARY_PROPERTY, LIBRARY));
    }

    /** The same from a library of that name or path. */
    static CudaDriver load(String library) {
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new DeviceException("load", ANY, "no NVIDIA driver: " + library + " cannot be loaded");
        }
        return new CudaDriver(symbols);
    }

    private static Handles bind(SymbolLookup symbols) {
        return new Handles(
                function(symbols, "cuGetErrorName", "ip"),
                function(symbols, "cuInit", "i"),
                function(symbols, "cuDriverGetVersion", "p"),
                function(symbols, "cuDeviceGetCount", "p"),
                function(symbols, "cuDeviceGetName", "pii"),
                function(symbols, "cuDeviceGetAttribute", "pii"),
                function(symbols, "cuDeviceTotalMem_v2", "pi"),
                function(symbols, "cuDevicePrimaryCtxRetain", "pi"),
                function(symbols, "cuDevicePrimaryCtxRelease_v2", "i"),
                function(symbols, "cuCtxSetCurrent", "l"),
                function(symbols, "cuMemGetInfo_v2", "pp"),
                function(symbols, "cuMemAllocAsync", "pll"),
                function(symbols, "cuMemFreeAsync", "ll"),
                function(symbols, "cuMemsetD8Async", "lbll"),
                function(symbols, "cuMemcpyHtoDAsync_v2", "lpll"),
                function(symbols, "cuMemcpyDtoHAsync_v2", "plll"),
                function(symbols, "cuMemcpyDtoDAsync_v2", "llll"),
                function(symbols, "cuStreamCreate", "pi"),
                function(symbols, "cuStreamDestroy_v2", "l"),
                function(symbols, "cuStreamSynchronize", "l"),
                function(symbols, "cuEventCreate", "pi"),
                function(symbols, "cuEventRecord", "ll"),
                function(symbols, "cuEventSynchronize", "l"),
                function(symbols, "cuEventElapsedTime", "pll"),
                function(symbols, "cuEventDestroy_v2", "l"),
                function(symbols, "cuModuleLoadData", "pp"),
                function(symbols, "cuModuleUnload", "l"),
                function(symbols, "cuModuleGetFunction", "plp"),
                function(symbols, "cuLaunchKernel", "liiiiiiilpp"),
                function(symbols, "cuStreamBeginCapture_v2", "li"),
                function(symbols, "cuStreamEndCapture", "lp"),
                function(symbols, "cuGraphInstantiateWithFlags", "pll"),
                function(symbols, "cuGraphLaunch", "ll"),
                function(symbols, "cuGraphDestroy", "l"),
                function(symbols, "cuGraphExecDestroy", "l"));
    }

    /** @param arguments a letter each: pointer, long, int or byte */
    private static MethodHandle function(SymbolLookup symbols, String name, String arguments) {
        MemoryLayout[] layouts = arguments
                .chars()
                .mapToObj(c -> c == 'p' ? ADDRESS : c == 'l' ? JAVA_LONG : c == 'b' ? JAVA_BYTE : JAVA_INT)
                .toArray(MemoryLayout[]::new);
        MemorySegment symbol = symbols.find(name)
                .orElseThrow(() -> new DeviceException("load", ANY, "the driver is too old: it has no " + name));
        return Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, layouts));
    }

    private void check(String name, String device, Call call) {
        int result;
        try {
            result = call.run();
        } catch (Throwable e) {
            throw new IllegalStateException(name + " cannot be called", e);
        }
        if (result != 0) {
            throw CudaErrors.of(name, device, result, nameOf(result));
        }
    }

    private String nameOf(int result) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            if ((int) handles.errorName.invokeExact(result, out) != 0) {
                return "unknown result";
            }
            return out.get(ADDRESS, 0).reinterpret(NAME_BYTES).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("cuGetErrorName cannot be called", e);
        }
    }

    /** A call that gives something to where its argument points. */
    @FunctionalInterface
    private interface OutCall {
        int run(MemorySegment out) throws Throwable;
    }

    private int intOut(String name, String device, OutCall call) {
        return (int) longOut(name, device, call);
    }

    /** What a call gives, up to 8 bytes; the machine has its lowest byte first. */
    private long longOut(String name, String device, OutCall call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check(name, device, () -> call.run(out));
            return out.get(JAVA_LONG, 0);
        }
    }

    private static String text(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    // ---- cards

    /** The newest CUDA that the driver supports, such as {@code 13.0}. */
    String version() {
        return text(version);
    }

    int deviceCount() {
        return intOut("cuDeviceGetCount", ANY, out -> (int) handles.deviceCount.invokeExact(out));
    }

    /** What the maker calls a card, such as {@code NVIDIA H200}. */
    String deviceName(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(NAME_BYTES);
            check("cuDeviceGetName", id(device), () -> (int) handles.deviceName.invokeExact(out, NAME_BYTES, device));
            return out.getString(0);
        }
    }

    /** An attribute of a card, by the driver's number. */
    int deviceAttribute(int device, int attribute) {
        return intOut("cuDeviceGetAttribute", id(device), out ->
                (int) handles.deviceAttribute.invokeExact(out, attribute, device));
    }

    /** Bytes of a card's memory. */
    long deviceMemory(int device) {
        return longOut("cuDeviceTotalMem", id(device), out -> (int) handles.deviceMemory.invokeExact(out, device));
    }

    /** {@code cuda:N}. */
    static String id(int device) {
        return ANY + ":" + device;
    }

    // ---- contexts

    /** The context that all users of a card in this process share. */
    long retainContext(int device) {
        return longOut(
                "cuDevicePrimaryCtxRetain", id(device), out -> (int) handles.retainContext.invokeExact(out, device));
    }

    void releaseContext(int device) {
        check("cuDevicePrimaryCtxRelease", id(device), () -> (int) handles.releaseContext.invokeExact(device));
    }

    /** Makes a context the calling thread's. */
    void setContext(long context) {
        check("cuCtxSetCurrent", ANY, () -> (int) handles.setContext.invokeExact(context));
    }

    // ---- memory

    /** Bytes that nobody has, of all processes. */
    long freeMemory(String device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment total = arena.allocate(JAVA_LONG);
            return longOut("cuMemGetInfo", device, out -> (int) handles.memoryInfo.invokeExact(out, total));
        }
    }

    /** New memory from the driver's pool, not cleared. */
    long allocate(String device, long bytes, long stream) {
        return longOut("cuMemAllocAsync", device, out -> (int) handles.allocate.invokeExact(out, bytes, stream));
    }

    void free(String device, long memory, long stream) {
        check("cuMemFreeAsync", device, () -> (int) handles.free.invokeExact(memory, stream));
    }

    void fill(String device, long memory, byte value, long bytes, long stream) {
        check("cuMemsetD8Async", device, () -> (int) handles.fill.invokeExact(memory, value, bytes, stream));
    }

    /** Returns when {@code from} has been read, if it is ordinary memory. */
    void copyIn(String device, long to, MemorySegment from, long bytes, long stream) {
        check("cuMemcpyHtoDAsync", device, () -> (int) handles.copyIn.invokeExact(to, from, bytes, stream));
    }

    void copyOut(String device, MemorySegment to, long from, long bytes, long stream) {
        check("cuMemcpyDtoHAsync", device, () -> (int) handles.copyOut.invokeExact(to, from, bytes, stream));
    }

    void copyWithin(String device, long to, long from, long bytes, long stream) {
        check("cuMemcpyDtoDAsync", device, () -> (int) handles.copyWithin.invokeExact(to, from, bytes, stream));
    }

    // ---- streams and events

    long createStream(String device) {
        return longOut("cuStreamCreate", device, out -> (int) handles.createStream.invokeExact(out, STREAM_ALONE));
    }

    void destroyStream(String device, long stream) {
        check("cuStreamDestroy", device, () -> (int) handles.destroyStream.invokeExact(stream));
    }

    /** Returns when all that was asked for is done; throws what went wrong in it. */
    void waitForStream(String device, long stream) {
        check("cuStreamSynchronize", device, () -> (int) handles.waitForStream.invokeExact(stream));
    }

    long createEvent(String device) {
        return longOut("cuEventCreate", device, out -> (int) handles.createEvent.invokeExact(out, 0));
    }

    void recordEvent(String device, long event, long stream) {
        check("cuEventRecord", device, () -> (int) handles.recordEvent.invokeExact(event, stream));
    }

    void waitForEvent(String device, long event) {
        check("cuEventSynchronize", device, () -> (int) handles.waitForEvent.invokeExact(event));
    }

    /** Milliseconds between two events. */
    float elapsed(String device, long from, long to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_FLOAT);
            check("cuEventElapsedTime", device, () -> (int) handles.elapsed.invokeExact(out, from, to));
            return out.get(JAVA_FLOAT, 0);
        }
    }

    void destroyEvent(String device, long event) {
        check("cuEventDestroy", device, () -> (int) handles.destroyEvent.invokeExact(event));
    }

    // ---- kernels

    /** A module made from the text of a PTX file. */
    long loadModule(String device, String ptx) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(ptx);
            return longOut("cuModuleLoadData", device, out -> (int) handles.loadModule.invokeExact(out, text));
        }
    }

    void unloadModule(String device, long module) {
        check("cuModuleUnload", device, () -> (int) handles.unloadModule.invokeExact(module));
    }

    long function(String device, long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            return longOut("cuModuleGetFunction of " + name, device, out ->
                    (int) handles.function.invokeExact(out, module, text));
        }
    }

    /**
     * Launches a kernel whose blocks have one dimension.
     *
     * @param arguments what {@link LaunchArguments} made
     */
    void launch(String device, long function, int gridX, int gridY, int threads, long stream, MemorySegment arguments) {
        check("cuLaunchKernel", device, () -> (int) handles.launch.invokeExact(
                function, gridX, gridY, 1, threads, 1, 1, 0, stream, MemorySegment.NULL, arguments));
    }

    // ---- graphs

    /** From now on the calling thread's work for a stream is written down instead of done. */
    void beginCapture(String device, long stream) {
        check("cuStreamBeginCapture", device, () -> (int) handles.beginCapture.invokeExact(stream, CAPTURE_OF_THREAD));
    }

    /** Ends {@link #beginCapture}; returns a graph of the work that can be launched. */
    long endCapture(String device, long stream) {
        long graph = longOut("cuStreamEndCapture", device, out -> (int) handles.endCapture.invokeExact(stream, out));
        try {
            return longOut("cuGraphInstantiate", device, out -> (int) handles.instantiate.invokeExact(out, graph, 0L));
        } finally {
            check("cuGraphDestroy", device, () -> (int) handles.destroyGraph.invokeExact(graph));
        }
    }

    void launchGraph(String device, long graph, long stream) {
        check("cuGraphLaunch", device, () -> (int) handles.launchGraph.invokeExact(graph, stream));
    }

    void destroyGraph(String device, long graph) {
        check("cuGraphExecDestroy", device, () -> (int) handles.destroyExecutable.invokeExact(graph));
    }
}
