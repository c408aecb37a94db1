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
 * system hands out clear. Blocks that can hold huge pages begin at one and ask for them: weights are read from end to end for
 * each token, and small pages cost a quarter of the bandwidth.
 */
@SuppressWarnings("restricted") // calling the system is what this class is for
final class SystemMemory {
    /** From this many bytes on a block is mapped. */
    static final long LARGE_BYTES = 128 << 10;

    /** Size of a huge page, or a multiple of it. */
    static final long HUGE_PAGE_BYTES = 2 << 20;

    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final long FAILED = -1;
    private static final int ADVICE_HUGE_PAGES = 14;
    private static final @Nullable Handles HANDLES =
            System.getProperty("os.name").equals("Linux") ? bind(Linker.nativeLinker()) : null;

    private SystemMemory() {}

    private static final int ADVICE_POPULATE_READ = 22;
    private static final int ADVICE_POPULATE_WRITE = 23;
    /** The smallest page of the systems we run on; mapped blocks begin at one. */
    private static final long SMALL_PAGE_BYTES = 4 << 10;

    private static final int OF_THIS_THREAD = 1;
    /** Of C's {@code struct rusage}, and where its two counts of page faults are. */
    private static final int USAGE_BYTES = 144;

    private static final int MINOR_FAULTS_AT = 64;
    private static final int MAJOR_FAULTS_AT = 72;
    /** Page faults that other things may cause in between. */
    private static final long STRAY_FAULTS = 64;

    private record Handles(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise, MethodHandle getrusage) {}

    private static Handles bind(Linker linker) {
        return new Handles(
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("mmap"),
                        FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("munmap"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("madvise"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)),
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("getrusage"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS)));
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
        long spare = bytes < HUGE_PAGE_BYTES ? 0 : HUGE_PAGE_BYTES;
        long address = map(handles, bytes + spare);
        long first = spare == 0 ? address : Math.ceilDiv(address, HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
        if (spare != 0) {
            // A system that has no huge pages refuses; then the pages are small.
            advise(handles, first, bytes, ADVICE_HUGE_PAGES);
        }
        return MemorySegment.ofAddress(first)
                .reinterpret(bytes, arena, mapped -> unmap(handles, address, bytes + spare));
    }

    /**
     * Brings a mapped file into memory, in huge pages where the system can.
     *
     * @return whether all of it is there, and in huge pages for the most part: kernels then read it as fast as other memory
     */
    static boolean populate(MemorySegment mapped) {
        Handles handles = HANDLES;
        long bytes = mapped.byteSize();
        if (handles == null || bytes == 0) {
            return false;
        }
        advise(handles, mapped.address(), bytes, ADVICE_HUGE_PAGES);
        long before = pageFaults(handles);
        boolean all = advise(handles, mapped.address(), bytes, ADVICE_POPULATE_READ);
        // Small pages come by 16 at a time, so they show as 32 faults or more for each huge page.
        return all && pageFaults(handles) - before <= 4 * Math.ceilDiv(bytes, HUGE_PAGE_BYTES) + STRAY_FAULTS;
    }

    /**
     * Makes the system provide the pages under a part of memory now, so that first writes do not wait for it. Content stays as it
     * is, also while others write it. A system that cannot do it lets first writes wait.
     *
     * @param memory of {@link #allocate}
     * @param from first byte
     * @param to end of the bytes
     */
    static void prefault(MemorySegment memory, long from, long to) {
        Handles handles = HANDLES;
        if (handles == null || memory.byteSize() < LARGE_BYTES) {
            return;
        }
        long first = (memory.address() + from) & -SMALL_PAGE_BYTES;
        advise(handles, first, memory.address() + to - first, ADVICE_POPULATE_WRITE);
    }

    private static boolean advise(Handles handles, long address, long bytes, int advice) {
        try {
            return (int) handles.madvise.invokeExact(address, bytes, advice) == 0;
        } catch (Throwable e) {
            throw new DeviceException("madvise", "host memory", e.toString());
        }
    }

    private static long pageFaults(Handles handles) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment usage = arena.allocate(USAGE_BYTES, Long.BYTES);
            int result = (int) handles.getrusage.invokeExact(OF_THIS_THREAD, usage);
            return result == 0 ? usage.get(JAVA_LONG, MINOR_FAULTS_AT) + usage.get(JAVA_LONG, MAJOR_FAULTS_AT) : 0;
        } catch (Throwable e) {
            throw new DeviceException("getrusage", "host memory", e.toString());
        }
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
