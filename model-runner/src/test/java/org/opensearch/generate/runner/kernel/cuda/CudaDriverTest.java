// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.CountingBudget;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;

/** The driver, and all that can go wrong with it, on simulated cards. */
class CudaDriverTest {
    @BeforeEach
    @AfterEach
    void reset() {
        assertEquals(0, SimulatedCards.used(0), "left on the card");
        SimulatedCards.set("reset", 0);
    }

    private static CudaKernels open(MemoryBudget budget) {
        Workers workers = new Workers(1);
        try {
            return CudaKernels.open(SimulatedCards.driver(), 0, workers, budget);
        } catch (RuntimeException e) {
            workers.close();
            throw e;
        }
    }

    private static String refused(Runnable work) {
        return String.valueOf(assertThrows(DeviceException.class, work::run).getMessage());
    }

    private static void assertSays(String wanted, String found) {
        assertTrue(found.contains(wanted), found);
    }

    @Test
    void withoutADriverThereAreNoCards() {
        assertSays("no NVIDIA driver", refused(() -> CudaDriver.load("libcuda-that-is-not-there.so.1")));
    }

    @ParameterizedTest
    @CsvSource({
        "version, 11010, 'supports CUDA 11.1, at least 11.4 is wanted'",
        "capability, 75, 'compute capability 7.5, at least 8.0 is wanted'",
        "cards, 0, the driver finds no card"
    })
    void whatIsTooOldOrMissingIsSaid(String what, long value, String message) {
        SimulatedCards.set(what, value);
        assertSays(message, refused(() -> open(MemoryBudget.UNLIMITED)));
    }

    @Test
    void aCardThatIsNotThereIsRefusedByNumber() {
        Workers workers = new Workers(1);
        String message = refused(() -> CudaKernels.open(SimulatedCards.driver(), 3, workers, MemoryBudget.UNLIMITED));
        workers.close();
        assertSays("open on cuda:3: there is no such card, the driver finds 1", message);
    }

    @ParameterizedTest
    @CsvSource({
        "cuDevicePrimaryCtxRetain, 46, another process has it for itself",
        "cuModuleLoadData, 222, the driver is too old for the kernels",
        "cuModuleGetFunction, 500, the driver refuses",
        "cuStreamCreate, 2, its memory is full",
        "cuCtxSetCurrent, 999, load the model again",
        "cuInit, 803, the library and the driver in the kernel have different versions"
    })
    void aCallThatFailsAtTheStartIsSaidAndLeavesNothing(String call, int result, String meaning) {
        SimulatedCards.fault(call, 0, result);
        assertSays(meaning, refused(() -> open(MemoryBudget.UNLIMITED)));
        open(MemoryBudget.UNLIMITED).close();
    }

    @Test
    void fullMemoryIsAnErrorThatTakesNothing() {
        SimulatedCards.set("memory", 1 << 20);
        CountingBudget budget = new CountingBudget(0);
        try (CudaKernels kernels = open(budget)) {
            Buffer first = kernels.allocate("first", DataType.I8, 1, 700_000);
            assertSays(
                    "700000 bytes wanted for second",
                    refused(() -> kernels.allocate("second", DataType.I8, 1, 700_000)));
            assertEquals(700_000, budget.reserved());
            assertEquals(700_000, kernels.allocatedBytes());
            kernels.free(first);
            kernels.free(kernels.allocate("second", DataType.I8, 1, 700_000));
        }
        assertEquals(0, budget.reserved());
    }

    @Test
    void aBudgetThatRefusesKeepsTheCardEmpty() {
        try (CudaKernels kernels = open(new CountingBudget(1))) {
            assertThrows(CountingBudget.RefusedException.class, () -> kernels.allocate("any", DataType.F32, 10, 10));
            assertEquals(0, SimulatedCards.used(0));
        }
    }

    @Test
    void memoryIsClearedAndFreedOnce() {
        try (CudaKernels kernels = open(MemoryBudget.UNLIMITED)) {
            Buffer buffer = kernels.allocate("floats", DataType.F32, 3, 700_000);
            float[] row = new float[700_000];
            row[5] = 1;
            kernels.download(buffer, 2, row);
            assertArrayEquals(new float[700_000], row);
            kernels.free(buffer);
            assertThrows(IllegalArgumentException.class, () -> kernels.free(buffer));
            kernels.allocate("left for close", DataType.I8, 7, 0);
        }
    }

    @Test
    void aBufferKeepsItsFirstRowsWhenItBecomesLargerOrSmaller() {
        CountingBudget budget = new CountingBudget(0);
        try (CudaKernels kernels = open(budget)) {
            Buffer buffer = kernels.allocate("rows", DataType.F32, 3, 2);
            kernels.upload(new float[] {1, 2, 3, 4, 5, 6}, 6, buffer);
            Buffer larger = kernels.resize(buffer, 5, 2);
            float[] row = new float[2];
            kernels.download(larger, 1, row);
            assertArrayEquals(new float[] {3, 4}, row);
            kernels.download(larger, 2, row);
            assertArrayEquals(new float[] {0, 0}, row);
            assertEquals(larger.bytes(), budget.reserved());
            Buffer smaller = kernels.resize(larger, 1, 9);
            kernels.download(smaller, 0, row);
            assertArrayEquals(new float[] {1, 2}, row);
            assertEquals(smaller.bytes(), kernels.allocatedBytes());
            assertEquals(smaller.bytes(), budget.reserved());
            assertEquals(smaller.bytes(), SimulatedCards.used(0));
        }
        assertEquals(0, budget.reserved());
    }

    /** What a card says of itself comes late; all that follows fails, and closing gives back what there is. */
    @Test
    void aLostCardFailsAllCallsUntilAllHaveLetGo() {
        CountingBudget budget = new CountingBudget(0);
        try (CudaKernels kernels = open(budget)) {
            Buffer x = kernels.allocate("x", DataType.F32, 1, 8);
            SimulatedCards.fault("cuLaunchKernel", 1, 719);
            kernels.add(x, x, 1);
            assertSays("load the model again", refused(() -> kernels.add(x, x, 1)));
            assertSays("load the model again", refused(() -> kernels.download(x, 0, new float[8])));
            assertSays("load the model again", refused(() -> kernels.allocate("y", DataType.F32, 1, 8)));
        }
        assertEquals(0, budget.reserved());
        try (CudaKernels kernels = open(budget)) {
            kernels.free(kernels.allocate("x", DataType.F32, 1, 8));
        }
    }

    @Test
    void workThatWasWrittenDownIsDoneAtEachLaunch() {
        CudaDriver driver = SimulatedCards.driver();
        try (CudaDevice device = new CudaDevice(driver, 0);
                CudaMemory memory = new CudaMemory(device, MemoryBudget.UNLIMITED);
                CudaModules modules = new CudaModules(device)) {
            Buffer x = memory.allocate("x", DataType.F32, 1, 3);
            Buffer delta = memory.allocate("delta", DataType.F32, 1, 3);
            memory.upload(new float[] {1, 2, 3}, 3, delta);
            long before = driver.createEvent(device.id());
            long after = driver.createEvent(device.id());
            driver.beginCapture(device.id(), device.stream());
            modules.arguments().pointer(x).pointer(delta).number(3L);
            modules.launch("add", 1, 1, 32);
            modules.arguments().pointer(x).pointer(delta).number(2L);
            modules.launch("add", 1, 1, 32);
            long graph = driver.endCapture(device.id(), device.stream());
            driver.recordEvent(device.id(), before, device.stream());
            for (int i = 0; i < 3; i++) {
                driver.launchGraph(device.id(), graph, device.stream());
            }
            driver.recordEvent(device.id(), after, device.stream());
            float[] row = new float[3];
            memory.download(x, 0, row);
            assertArrayEquals(new float[] {6, 12, 9}, row);
            driver.waitForEvent(device.id(), after);
            assertTrue(driver.elapsed(device.id(), before, after) >= 0);
            driver.destroyEvent(device.id(), before);
            driver.destroyEvent(device.id(), after);
            driver.destroyGraph(device.id(), graph);
        }
    }

    @Test
    void theCardWithMostFreeMemoryIsTaken() {
        SimulatedCards.set("cards", 3);
        SimulatedCards.set("memory", 1 << 20);
        CudaDriver driver = SimulatedCards.driver();
        assertEquals(1, CudaDevice.freest(driver));
        SimulatedCards.fault("cuDevicePrimaryCtxRetain", 1, 46);
        assertEquals(2, CudaDevice.freest(driver));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "faulty_barrier 40 divergence in block 0,0: thread 0 is at the barrier of faulty.cu",
                "faulty_exchange 7 divergence in block 0,0: thread 0 is at the exchange of faulty.cu",
                "faulty_shared 32 written beside the shared memory",
                "faulty_shared -1 written beside the shared memory",
                "faulty_memory -1 written beside an allocation of 128 bytes",
                "faulty_memory 32 written beside an allocation of 128 bytes"
            })
    void simulatedCardsNoticeWhatNoKernelMayDo(String kernelAndProblem) {
        List<String> words = List.of(kernelAndProblem.split(" ", 3));
        String message = refused(
                () -> FaultyKernels.launch(SimulatedCards.driver(), words.get(0), Integer.parseInt(words.get(1))));
        assertSays("load the model again", message);
        assertSays(words.get(2), SimulatedCards.problem());
    }

    @Test
    void sharedMemoryOfSimulatedCardsBeginsAsNoNumber() {
        float[] row = FaultyKernels.launch(SimulatedCards.driver(), "faulty_uncleared", 0);
        assertEquals(0, Float.floatToRawIntBits(row[0]));
    }
}
