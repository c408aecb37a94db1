// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.opensearch.generate.runner.TestFiles;

/** The stand-in for the driver that {@code src/sim/build} made, and what can be changed and seen of its cards. */
@SuppressWarnings("restricted") // calling C is what this class is for
public final class SimulatedCards {
    private static final Path LIBRARY =
            TestFiles.nativeFolder().resolveSibling("sim").resolve("libcuda.so.1");
    private static final int PROBLEM_BYTES = 1024;

    private static final MethodHandle SET = function("simulated_set", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
    private static final MethodHandle FAULT =
            function("simulated_fault", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CALLS = function("simulated_calls", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    private static final MethodHandle USED = function("simulated_used", FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
    private static final MethodHandle PROBLEM = function("simulated_problem", FunctionDescriptor.of(ADDRESS));

    private SimulatedCards() {}

    private static MethodHandle function(String name, FunctionDescriptor type) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type);
    }

    /** Has {@link CudaDriver#load()} find the stand-in from now on. */
    public static void install() {
        System.setProperty(CudaDriver.LIBRARY_PROPERTY, LIBRARY.toString());
    }

    /** The stand-in, started. */
    static CudaDriver driver() {
        return CudaDriver.load(LIBRARY.toString());
    }

    /** Sets {@code version}, {@code capability}, {@code cards}, or {@code memory} of card 0; {@code reset} sets all as at first. */
    public static void set(String what, long value) {
        call(arena -> {
            SET.invokeExact(arena.allocateFrom(what), value);
            return 0L;
        });
    }

    /** Has the call of a driver's function after {@code after} more give a result. */
    public static void fault(String name, long after, int result) {
        call(arena -> {
            FAULT.invokeExact(arena.allocateFrom(name), after, result);
            return 0L;
        });
    }

    /** Calls of a driver's function so far. */
    static long calls(String name) {
        return call(arena -> (long) CALLS.invokeExact(arena.allocateFrom(name)));
    }

    /** Bytes in use on a card. */
    public static long used(int card) {
        return call(arena -> (long) USED.invokeExact(card));
    }

    /** What went wrong on a card; empty if nothing did. */
    public static String problem() {
        try {
            return ((MemorySegment) PROBLEM.invokeExact())
                    .reinterpret(PROBLEM_BYTES)
                    .getString(0);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @FunctionalInterface
    private interface Call {
        long run(Arena arena) throws Throwable;
    }

    private static long call(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            return call.run(arena);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
