// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opensearch.generate.runner.kernel.DeviceCopies;
import org.opensearch.generate.runner.kernel.KernelContract;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;

/** The CUDA kernels on a simulated card: the same bits as the definition, with the threads of a block in either order. */
class CudaKernelsTest {
    @TestFactory
    Stream<DynamicTest> contract() {
        CudaDriver driver = SimulatedCards.driver();
        return KernelContract.tests(
                threads -> DeviceCopies.of(CudaKernels.open(driver, 0, new Workers(threads), MemoryBudget.UNLIMITED)),
                1);
    }

    @AfterAll
    static void nothingIsLeft() {
        assertEquals(0, SimulatedCards.used(0));
        assertEquals("", SimulatedCards.problem());
    }
}
