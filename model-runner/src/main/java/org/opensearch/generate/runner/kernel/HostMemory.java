// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Buffers of devices that compute in the host's own memory, off heap: each has an {@link Arena} of its own, so that {@link
 * #free} gives its memory back. Thread-safe.
 */
public final class HostMemory implements AutoCloseable {
    /** Alignment of every buffer, in bytes. */
    public static final int ALIGNMENT = 64;

    private final MemoryBudget budget;
    private final Map<Long, Arena> arenas = new ConcurrentHashMap<>();
    private final AtomicLong allocated = new AtomicLong();

    /** Counts what it takes against {@code budget}. */
    public HostMemory(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * New memory, all zero.
     *
     * @throws DeviceException if there is none; and whatever the budget throws when it refuses
     */
    public Buffer allocate(String what, DataType type, long rows, long columns) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException(what + ": " + rows + " x " + columns + " elements wanted");
        }
        return allocate(what, type, rows, columns, 0);
    }

    /** The same, with {@code reserved} of its bytes reserved already. */
    private Buffer allocate(String what, DataType type, long rows, long columns, long reserved) {
        long bytes = Math.multiplyExact(Math.multiplyExact(rows, columns), type.bytes());
        long wanted = Math.max(0, bytes - reserved);
        budget.reserve(what, wanted);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = SystemMemory.allocate(arena, bytes, ALIGNMENT);
            arenas.put(memory.address(), arena);
            allocated.addAndGet(wanted);
            return new Buffer(what, type, rows, columns, memory);
        } catch (OutOfMemoryError | RuntimeException e) {
            arena.close();
            budget.release(wanted);
            throw new DeviceException(
                    "allocate", "host memory", bytes + " bytes wanted for " + what + ": " + e.getMessage());
        }
    }

    /** {@link Kernels#adopt}. */
    public Buffer adopt(String what, DataType type, long rows, long columns, MemorySegment memory) {
        Buffer buffer = new Buffer(what, type, rows, columns, memory);
        if (buffer.bytes() != memory.byteSize() || memory.address() % ALIGNMENT != 0) {
            throw new IllegalArgumentException(what + ": " + memory.byteSize() + " bytes at " + memory.address()
                    + ", wanted " + buffer.bytes() + " at a multiple of " + ALIGNMENT);
        }
        budget.reserve(what, buffer.bytes());
        arenas.put(memory.address(), Arena.ofShared());
        allocated.addAndGet(buffer.bytes());
        return buffer;
    }

    /** {@link Kernels#resize}. What was reserved for the old buffer stays so for the new one. */
    public Buffer resize(Buffer buffer, long rows, long kept) {
        Buffer resized = allocate(buffer.what(), buffer.type(), rows, buffer.columns(), buffer.bytes());
        long rowBytes = buffer.columns() * buffer.type().bytes();
        long copied = Math.min(kept, Math.min(buffer.rows(), rows)) * rowBytes;
        MemorySegment.copy(buffer.memory(), 0, resized.memory(), 0, copied);
        free(buffer, Math.max(0, buffer.bytes() - resized.bytes()));
        return resized;
    }

    /** Gives memory back; the buffer must come from here and not be free yet. */
    public void free(Buffer buffer) {
        free(buffer, buffer.bytes());
    }

    private void free(Buffer buffer, long unreserved) {
        Arena arena = arenas.remove(buffer.memory().address());
        if (arena == null) {
            throw new IllegalArgumentException(buffer.what() + " is not allocated here, or free already");
        }
        arena.close();
        allocated.addAndGet(-unreserved);
        budget.release(unreserved);
    }

    /** Bytes allocated now. */
    public long allocatedBytes() {
        return allocated.get();
    }

    /** Copies ints to the front of an {@code I32} buffer. */
    public void upload(int[] source, int count, Buffer target) {
        Shapes.upload(DataType.I32, source.length, count, target);
        MemorySegment.copy(source, 0, target.memory(), ValueLayout.JAVA_INT, 0, count);
    }

    /** Copies floats to the front of an {@code F32} buffer. */
    public void upload(float[] source, int count, Buffer target) {
        Shapes.upload(DataType.F32, source.length, count, target);
        MemorySegment.copy(source, 0, target.memory(), ValueLayout.JAVA_FLOAT, 0, count);
    }

    /** Copies one row of an {@code F32} buffer. */
    public void download(Buffer source, long row, float[] target) {
        Shapes.download(source, row, target);
        MemorySegment.copy(
                source.memory(),
                ValueLayout.JAVA_FLOAT,
                row * source.columns() * Float.BYTES,
                target,
                0,
                Math.toIntExact(source.columns()));
    }

    /** Quantised activations for up to {@code maxTokens} rows; nothing stays allocated if a part is refused. */
    public Activations allocateActivations(String what, int maxTokens, int columns) {
        return Activations.allocate(what, maxTokens, columns, this::allocate, this::free);
    }

    /** Copies one page in every layer. */
    public static void copyPage(KvCache cache, int from, int to) {
        Shapes.page(cache, from);
        Shapes.page(cache, to);
        for (Buffer layer : cache.layers()) {
            long bytes = layer.columns() * layer.type().bytes();
            MemorySegment.copy(layer.memory(), from * bytes, layer.memory(), to * bytes, bytes);
        }
    }

    /** {@link Kernels#prefault}. */
    public static void prefault(KvCache cache, int from, int to) {
        Shapes.page(cache, from);
        Shapes.page(cache, to - 1);
        for (Buffer layer : cache.layers()) {
            long bytes = layer.columns() * layer.type().bytes();
            SystemMemory.prefault(layer.memory(), from * bytes, to * bytes);
        }
    }

    /** Gives back what is still allocated. */
    @Override
    public void close() {
        arenas.values().removeIf(arena -> {
            arena.close();
            return true;
        });
        budget.release(allocated.getAndSet(0));
    }
}
