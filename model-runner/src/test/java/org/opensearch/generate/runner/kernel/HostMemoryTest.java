// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HostMemoryTest {
    @Test
    void buffersAreAlignedZeroAndCounted() {
        CountingBudget budget = new CountingBudget(0);
        try (HostMemory memory = new HostMemory(budget)) {
            List<Buffer> buffers = new ArrayList<>();
            long bytes = 0;
            for (DataType type : DataType.values()) {
                for (int columns : new int[] {0, 1, 7, 64, 4098}) {
                    Buffer buffer = memory.allocate("x", type, 3, columns);
                    assertEquals(0, buffer.memory().address() % HostMemory.ALIGNMENT);
                    assertEquals(3L * columns * type.bytes(), buffer.memory().byteSize());
                    assertTrue(allZero(buffer));
                    bytes += buffer.bytes();
                    buffers.add(buffer);
                }
            }
            assertEquals(bytes, memory.allocatedBytes());
            assertEquals(bytes, budget.reserved());
            buffers.forEach(memory::free);
            assertEquals(0, memory.allocatedBytes());
            assertEquals(0, budget.reserved());
        }
    }

    @Test
    void aBufferKeepsItsFirstRowsWhenItBecomesLargerOrSmaller() {
        CountingBudget budget = new CountingBudget(0);
        try (HostMemory memory = new HostMemory(budget)) {
            Buffer buffer = memory.allocate("rows", DataType.F32, 3, 2);
            memory.upload(new float[] {1, 2, 3, 4, 5, 6}, 6, buffer);
            Buffer larger = memory.resize(buffer, 5, 2);
            assertArrayEquals(
                    new float[] {1, 2, 3, 4, 0, 0, 0, 0, 0, 0}, larger.memory().toArray(ValueLayout.JAVA_FLOAT));
            assertEquals(larger.bytes(), budget.reserved());
            Buffer smaller = memory.resize(larger, 1, 9);
            assertArrayEquals(new float[] {1, 2}, smaller.memory().toArray(ValueLayout.JAVA_FLOAT));
            assertEquals(smaller.bytes(), memory.allocatedBytes());
            assertEquals(smaller.bytes(), budget.reserved());
            memory.free(smaller);
            assertEquals(0, budget.reserved());
        }
    }

    @Test
    void closingGivesBackWhatIsLeft() {
        CountingBudget budget = new CountingBudget(0);
        HostMemory memory = new HostMemory(budget);
        Buffer first = memory.allocate("first", DataType.F32, 2, 5);
        memory.allocate("second", DataType.I8, 1, 9);
        memory.free(first);
        memory.close();
        assertEquals(0, memory.allocatedBytes());
        assertEquals(0, budget.reserved());
    }

    @Test
    void freeingTwiceIsRefused() {
        try (HostMemory memory = new HostMemory(MemoryBudget.UNLIMITED)) {
            Buffer buffer = memory.allocate("once", DataType.F32, 1, 4);
            memory.free(buffer);
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> memory.free(buffer));
            assertTrue(String.valueOf(e.getMessage()).contains("once"));
            assertEquals(0, memory.allocatedBytes());
        }
    }

    @Test
    void aRefusalTakesNothing() {
        CountingBudget budget = new CountingBudget(2);
        try (HostMemory memory = new HostMemory(budget)) {
            memory.allocate("granted", DataType.I8, 1, 10);
            assertThrows(CountingBudget.RefusedException.class, () -> memory.allocate("refused", DataType.I8, 1, 10));
            assertEquals(10, memory.allocatedBytes());
            assertEquals(10, budget.reserved());
        }
    }

    @Test
    void memoryThatIsNotThereIsADeviceError() {
        CountingBudget budget = new CountingBudget(0);
        try (HostMemory memory = new HostMemory(budget)) {
            DeviceException e = assertThrows(
                    DeviceException.class, () -> memory.allocate("too much", DataType.I8, 1L << 30, 1L << 30));
            assertTrue(String.valueOf(e.getMessage()).contains("too much"));
            assertEquals(0, memory.allocatedBytes());
            assertEquals(0, budget.reserved());
        }
    }

    @Test
    void activationsLeaveNothingWhenAPartIsRefused() {
        for (int refused = 1; refused <= 3; refused++) {
            CountingBudget budget = new CountingBudget(refused);
            try (HostMemory memory = new HostMemory(budget)) {
                assertThrows(CountingBudget.RefusedException.class, () -> memory.allocateActivations("x", 4, 100));
                assertEquals(0, memory.allocatedBytes());
                assertEquals(0, budget.reserved());
            }
        }
    }

    @Test
    void floatsAndIntsComeAndGo() {
        try (HostMemory memory = new HostMemory(MemoryBudget.UNLIMITED)) {
            Buffer floats = memory.allocate("floats", DataType.F32, 2, 3);
            memory.upload(new float[] {1, 2, 3, 4, 5, 6, 7}, 6, floats);
            float[] row = new float[3];
            memory.download(floats, 1, row);
            assertArrayEquals(new float[] {4, 5, 6}, row);
            Buffer ints = memory.allocate("ints", DataType.I32, 1, 2);
            memory.upload(new int[] {8, 9}, 2, ints);
            assertEquals(9, ints.memory().getAtIndex(ValueLayout.JAVA_INT, 1));
            assertThrows(IllegalArgumentException.class, () -> memory.upload(new int[3], 3, ints));
            assertThrows(IllegalArgumentException.class, () -> memory.upload(new float[2], 2, ints));
            assertThrows(IllegalArgumentException.class, () -> memory.download(floats, 2, row));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void freedMemoryGoesBackToTheSystem() throws IOException {
        try (HostMemory memory = new HostMemory(MemoryBudget.UNLIMITED)) {
            List<Buffer> buffers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                buffers.add(memory.allocate("matrix", DataType.I8, 1, 3_000_000 + 10_000L * i));
                memory.allocate("small and kept", DataType.I8, 1, 5000);
            }
            buffers.forEach(buffer -> buffer.memory().fill((byte) 1));
            long taken = mappedBytes(buffers);
            buffers.forEach(memory::free);
            long kept = mappedBytes(buffers);
            assertEquals(buffers.stream().mapToLong(Buffer::bytes).sum(), taken);
            assertTrue(kept < taken / 4, "taken " + taken + ", kept after free " + kept);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void prefaultedPagesAreResidentAndKeepTheirContent() throws IOException {
        try (HostMemory memory = new HostMemory(MemoryBudget.UNLIMITED)) {
            long pageBytes = 300_000;
            Buffer layer = memory.allocate("layer", DataType.I8, 64, pageBytes);
            KvCache cache = new KvCache(List.of(layer), 64, 1, 1);
            layer.memory().set(ValueLayout.JAVA_BYTE, 10 * pageBytes + 7, (byte) 42);
            long before = residentBytes(layer);
            HostMemory.prefault(cache, 10, 42);
            assertTrue(residentBytes(layer) >= 32 * pageBytes, before + " before, now " + residentBytes(layer));
            assertTrue(before < 16 * pageBytes, "resident before: " + before);
            assertEquals(42, layer.memory().get(ValueLayout.JAVA_BYTE, 10 * pageBytes + 7));
            HostMemory.prefault(cache, 0, 64);
            assertThrows(IllegalArgumentException.class, () -> HostMemory.prefault(cache, 60, 65));
            layer.memory().set(ValueLayout.JAVA_BYTE, 10 * pageBytes + 7, (byte) 0);
            assertTrue(allZero(layer));
        }
    }

    /** Bytes in memory of the mapping that a buffer lies in. */
    private static long residentBytes(Buffer buffer) throws IOException {
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            int dash = line.indexOf('-');
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
                long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
                long address = buffer.memory().address();
                inside = start >= 0 && start <= address && address < end;
            } else if (inside && line.startsWith("Rss:")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new AssertionError("no mapping holds " + buffer);
    }

    /** How much of the address ranges of the buffers is mapped; what the rest of the process does hardly shows there. */
    private static long mappedBytes(List<Buffer> buffers) throws IOException {
        long mapped = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            int dash = line.indexOf('-');
            long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
            long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
            for (Buffer buffer : buffers) {
                long from = buffer.memory().address();
                if (start >= 0 && end > start) {
                    mapped += Math.max(0, Math.min(end, from + buffer.bytes()) - Math.max(start, from));
                }
            }
        }
        return mapped;
    }

    private static boolean allZero(Buffer buffer) {
        for (long i = 0; i < buffer.bytes(); i++) {
            if (buffer.memory().get(ValueLayout.JAVA_BYTE, i) != 0) {
                return false;
            }
        }
        return true;
    }
}
