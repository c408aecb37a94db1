// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.util.List;
import org.opensearch.generate.runner.kernel.DeviceCopies;
import org.opensearch.generate.runner.kernel.KernelCase;
import org.opensearch.generate.runner.kernel.KernelCases;
import org.opensearch.generate.runner.kernel.KernelRun;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;

/**
 * The program that {@link SanitizedCardsTest} starts: some cases of each operation on the simulated cards of a library, for what its
 * sanitizers see. Results are compared elsewhere.
 */
final class SanitizedRun {
    private static final int EACH = 7;

    private SanitizedRun() {}

    /** {@code arguments}: the library, and perhaps a faulty kernel and a number for it, to run alone. */
    public static void main(String[] arguments) {
        CudaDriver driver = CudaDriver.load(arguments[0]);
        if (arguments.length > 1) {
            FaultyKernels.launch(driver, arguments[1], Integer.parseInt(arguments[2]));
            return;
        }
        List<KernelCase> cases = KernelCases.all();
        int run = 0;
        try (Kernels kernels = DeviceCopies.of(CudaKernels.open(driver, 0, new Workers(1), MemoryBudget.UNLIMITED))) {
            for (int i = 0; i < cases.size(); i += EACH) {
                KernelRun.run(cases.get(i), kernels);
                run++;
            }
        }
        System.out.println("ran " + run + " cases");
    }
}
