// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Shapes;

/**
 * Buffers in a card's memory, from the driver's pool. Their segments carry the address only. Bytes are counted against the budget
 * as the host's are. One thread at a time.
 */
final class CudaMemory implements AutoCloseable {
    private static final int STAGE_BYTES = 1 << 20;

    private final CudaDevice device;
    private final MemoryBudget budget;
    private final Map<Long, Buffer> live = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    /** Where the host's arrays pass through. */
    private final MemorySegment stage;

    private final AtomicLong allocated = new AtomicLong();

    CudaMemory(CudaDevice device, MemoryBudget budget) {
        this.device = device;
        this.budget = budget;
        stage = arena.allocate(STAGE_BYTES, Long.BYTES);
    }

    /** New memory, all zero. */
    Buffer allocate(String what, DataType type, long rows, long columns) {
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
        long address = 0;
        CudaDriver driver = device.enter();
        try {
            address = driver.allocate(device.id(), Math.max(bytes, 1), device.stream());
            driver.fill(device.id(), address, (byte) 0, Math.max(bytes, 1), device.stream());
        } catch (DeviceException e) {
            if (address != 0) {
                driver.free(device.id(), address, device.stream());
            }
            budget.release(wanted);
            throw new DeviceException(
                    "allocate", device.id(), bytes + " bytes wanted for " + what + ": " + e.getMessage());
        }
        Buffer buffer = new Buffer(what, type, rows, columns, MemorySegment.ofAddress(address));
        live.put(address, buffer);
        allocated.addAndGet(wanted);
        return buffer;
    }

    /** {@link org.opensearch.generate.runner.kernel.Kernels#resize}. What was reserved for the old buffer stays so for the new one. */
    Buffer resize(Buffer buffer, long rows, long kept) {
        Buffer resized = allocate(buffer.what(), buffer.type(), rows, buffer.columns(), buffer.bytes());
        long rowBytes = buffer.columns() * buffer.type().bytes();
        long copied = Math.min(kept, Math.min(buffer.rows(), rows)) * rowBytes;
        long from = buffer.memory().address();
        if (copied > 0) {
            device.enter().copyWithin(device.id(), resized.memory().address(), from, copied, device.stream());
        }
        free(buffer, Math.max(0, buffer.bytes() - resized.bytes()));
        return resized;
    }

    /** Gives memory back; the buffer must come from here and not be free yet. */
    void free(Buffer buffer) {
        free(buffer, buffer.bytes());
    }

    private void free(Buffer buffer, long unreserved) {
        long address = buffer.memory().address();
        if (live.remove(address) == null) {
            throw new IllegalArgumentException(buffer.what() + " is not allocated here, or free already");
        }
        allocated.addAndGet(-unreserved);
        budget.release(unreserved);
        device.atEnd(() -> device.enter().free(device.id(), address, device.stream()));
    }

    /** Bytes allocated now. Any thread. */
    long allocatedBytes() {
        return allocated.get();
    }

    /** Copies host memory to the front of a buffer; returns when it has been read. */
    void upload(MemorySegment source, Buffer target) {
        device.enter().copyIn(device.id(), target.memory().address(), source, source.byteSize(), device.stream());
    }

    /** Copies ints to the front of a buffer. */
    void upload(int[] source, int count, Buffer target) {
        Shapes.upload(DataType.I32, source.length, count, target);
        uploadParts(MemorySegment.ofArray(source), (long) count * Integer.BYTES, target);
    }

    /** Copies floats to the front of a buffer. */
    void upload(float[] source, int count, Buffer target) {
        Shapes.upload(DataType.F32, source.length, count, target);
        uploadParts(MemorySegment.ofArray(source), (long) count * Float.BYTES, target);
    }

    /** The driver has read ordinary memory when it returns, so that the stage can be used again. */
    private void uploadParts(MemorySegment source, long bytes, Buffer target) {
        CudaDriver driver = device.enter();
        for (long done = 0; done < bytes; done += STAGE_BYTES) {
            long part = Math.min(STAGE_BYTES, bytes - done);
            MemorySegment.copy(source, done, stage, 0, part);
            driver.copyIn(device.id(), target.memory().address() + done, stage, part, device.stream());
        }
    }

    /** Copies one row of floats, when all work before is done. */
    void download(Buffer source, long row, float[] target) {
        Shapes.download(source, row, target);
        CudaDriver driver = device.enter();
        long bytes = source.columns() * Float.BYTES;
        for (long done = 0; done < bytes; done += STAGE_BYTES) {
            long part = Math.min(STAGE_BYTES, bytes - done);
            long from = source.memory().address() + row * bytes + done;
            driver.copyOut(device.id(), stage, from, part, device.stream());
            driver.waitForStream(device.id(), device.stream());
            MemorySegment.copy(
                    stage, ValueLayout.JAVA_FLOAT, 0, target, (int) (done / Float.BYTES), (int) (part / Float.BYTES));
        }
    }

    /** Copies bytes inside a buffer. */
    void copy(Buffer buffer, long from, long to, long bytes) {
        long address = buffer.memory().address();
        device.enter().copyWithin(device.id(), address + to, address + from, bytes, device.stream());
    }

    /** Gives back what is still allocated. */
    @Override
    public void close() {
        List<Buffer> left = new ArrayList<>(live.values());
        left.forEach(this::free);
        arena.close();
    }
}
