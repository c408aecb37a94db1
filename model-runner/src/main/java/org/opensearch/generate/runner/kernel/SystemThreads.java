// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Priority and cores of the calling thread, where the system is Linux. What cannot be done is said, and harms nothing. */
@SuppressWarnings("restricted") // calling the system is what this class is for
final class SystemThreads {
    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;
    private static final int MASK_BYTES = 1024;
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final @Nullable Handles HANDLES =
            System.getProperty("os.name").equals("Linux") ? bind(Linker.nativeLinker()) : null;

    private SystemThreads() {}

    private record Handles(MethodHandle setPriority, MethodHandle getAffinity, MethodHandle setAffinity) {}

    private static Handles bind(Linker linker) {
        FunctionDescriptor affinity = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
        return new Handles(
                handle(linker, "setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
                handle(linker, "sched_getaffinity", affinity),
                handle(linker, "sched_setaffinity", affinity));
    }

    private static MethodHandle handle(Linker linker, String name, FunctionDescriptor descriptor) {
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    /**
     * Sets the nice value of the calling thread, and of no other.
     *
     * @param nice 0 to 19, the larger the more it gives way
     * @return why it could not be done; empty if it was
     */
    static Optional<String> nice(int nice) {
        return call("setpriority", (handles, state) ->
                (int) handles.setPriority.invokeExact(state, PRIO_PROCESS, CALLING_THREAD, nice));
    }

    /** The cores that the process may run on; empty if they cannot be known. */
    static BitSet allowedCores() {
        BitSet cores = new BitSet();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            int process = (int) ProcessHandle.current().pid();
            Optional<String> problem = call("sched_getaffinity", (handles, state) ->
                    (int) handles.getAffinity.invokeExact(state, process, (long) MASK_BYTES, mask));
            if (problem.isEmpty()) {
                cores.or(BitSet.valueOf(mask.asByteBuffer().order(ByteOrder.nativeOrder())));
            }
        }
        return cores;
    }

    /**
     * Keeps the calling thread on one core.
     *
     * @return why it could not be done; empty if it was
     */
    static Optional<String> pin(int core) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            mask.setAtIndex(JAVA_LONG, core / Long.SIZE, 1L << core);
            return call("sched_setaffinity", (handles, state) ->
                    (int) handles.setAffinity.invokeExact(state, CALLING_THREAD, (long) MASK_BYTES, mask));
        }
    }

    @FunctionalInterface
    private interface Call {
        int run(Handles handles, MemorySegment state) throws Throwable;
    }

    private static Optional<String> call(String name, Call call) {
        Handles handles = HANDLES;
        if (handles == null) {
            return Optional.of("there is no " + name + " on " + System.getProperty("os.name"));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = call.run(handles, state);
            return result >= 0 ? Optional.empty() : Optional.of(name + " gives error " + (int) ERRNO.get(state, 0L));
        } catch (Throwable e) {
            return Optional.of(name + " fails: " + e);
        }
    }
}
