// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.MemoryBudget;

/** The kernels of {@code src/sim/faulty.cu}, which do what none may. */
final class FaultyKernels {
    private static final int THREADS = 64;
    private static final int WORDS = 32;

    private FaultyKernels() {}

    /** Runs one on card 0 with memory of 32 words; returns what these hold then. */
    static float[] launch(CudaDriver driver, String kernel, int where) {
        try (CudaDevice device = new CudaDevice(driver, 0);
                CudaMemory memory = new CudaMemory(device, MemoryBudget.UNLIMITED);
                CudaModules modules = new CudaModules(device)) {
            String ptx = ".version 7.2\n.target sm_80\n.visible .entry %s(\n.param .align 8 .b8 %s_param_0[16]\n)"
                    .formatted(kernel, kernel);
            long module = driver.loadModule(device.id(), ptx);
            long function = driver.function(device.id(), module, kernel);
            Buffer buffer = memory.allocate("x", DataType.F32, 1, WORDS);
            modules.arguments().pointer(buffer).number(where);
            driver.launch(device.id(), function, 1, 1, THREADS, device.stream(), modules.end());
            float[] row = new float[WORDS];
            memory.download(buffer, 0, row);
            return row;
        }
    }
}
