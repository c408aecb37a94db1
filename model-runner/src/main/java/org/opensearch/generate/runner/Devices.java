// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;
import org.opensearch.generate.runner.kernel.cuda.CudaKernels;

/** What can compute a model, and what settings call it. */
public final class Devices {
    /** The processor. */
    public static final String CPU = "cpu";
    /** A card if one can be used, else the processor. */
    public static final String AUTO = "auto";
    /** The card with most free memory. */
    static final String ANY_CARD = "cuda";

    private static final Pattern CARD = Pattern.compile("cuda:([0-9]{1,3})");

    private Devices() {}

    /** The name of a device; throws {@link IllegalArgumentException} if it is none. */
    public static String check(String name) {
        if (name.equals(CPU)
                || name.equals(AUTO)
                || name.equals(ANY_CARD)
                || CARD.matcher(name).matches()) {
            return name;
        }
        throw new IllegalArgumentException("device must be auto, cpu or cuda:N, found " + name);
    }

    /**
     * Opens the kernels of a device other than {@link #AUTO}.
     *
     * @param workers closed with the kernels
     * @param budget who must agree to memory, in place of that of the options
     * @throws org.opensearch.generate.runner.kernel.DeviceException if it cannot be used
     */
    public static CpuKernels.Opened open(LoadOptions options, Workers workers, MemoryBudget budget) {
        Matcher card = CARD.matcher(options.device());
        if (card.matches()) {
            int number = Integer.parseInt(card.group(1));
            return new CpuKernels.Opened(CudaKernels.open(number, workers, budget), "");
        }
        if (options.device().equals(ANY_CARD)) {
            return new CpuKernels.Opened(CudaKernels.openFreest(workers, budget), "");
        }
        return CpuKernels.open(options.kernelLevel(), options.nativeFolder(), workers, budget);
    }
}
