// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Memory of an {@link Arena}; on Linux large blocks are mapped, each by itself. The C library's own allocator, which arenas
 * use, keeps freed blocks of up to 32 MiB, so that an unloaded model would stay resident; and it clears on one thread what the
 * system hands out clear.
 */
@SuppressWarnings("restricted") // calling the system is what this class is for
final class SystemMemory {
    /** From this many bytes on a block is mapped. */
    static final long LARGE_BYTES = 128 << 10;

    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final long FAILED = -1;
    private static final @Nullable Handles HANDLES =
            System.getProperty("os.name").equals("Linux") ? bind(Linker.nativeLinker()) : null;

    private SystemMemory() {}

    private record Handles(MethodHandle mmap, MethodHandle munmap) {}

    private static Handles bind(Linker linker) {
        return new Handles(
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("mmap"),
                        FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("munmap"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)));
    }

    /**
     * All zero, and freed with the arena.
     *
     * @throws OutOfMemoryError if there is none
     */
    static MemorySegment allocate(Arena arena, long bytes, long alignment) {
        Handles handles = HANDLES;
        if (handles == null || bytes < LARGE_BYTES) {
            return arena.allocate(Math.max(bytes, 1), alignment).asSlice(0, bytes);
        }
        long address = map(handles, bytes);
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, mapped -> unmap(handles, address, bytes));
    }

    private static long map(Handles handles, long bytes) {
        long address;
        try {
            address = (long) handles.mmap.invokeExact(
                    MemorySegment.NULL, bytes, READ_WRITE, PRIVATE_ANONYMOUS, (int) FAILED, 0L);
        } catch (Throwable e) {
            throw new DeviceException("mmap", "host memory", e.toString());
        }
        if (address == FAILED) {
            throw new OutOfMemoryError("the system has no " + bytes + " bytes");
        }
        return address;
    }

    private static void unmap(Handles handles, long address, long bytes) {
        int result;
        try {
            result = (int) handles.munmap.invokeExact(address, bytes);
        } catch (Throwable e) {
            throw new DeviceException("munmap", "host memory", e.toString());
        }
        if (result != 0) {
            throw new DeviceException("munmap", "host memory", "result " + result);
        }
    }
}
