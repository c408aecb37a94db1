// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.MemoryBudget;

/**
 * How a model is loaded and served.
 *
 * @param threads the threads that compute
 * @param kvBytes most bytes of KV pages; 0 chooses: four full contexts, at most 512 MiB and what the budget has left, at least one
 *     full context
 * @param kvType how keys and values are held, {@code BF16}, {@code I8} or {@code F32}
 * @param maxContext longest prompt and answer together, in tokens; 0 for the model's own limit, at most {@value #DEFAULT_CONTEXT}
 * @param maxStepTokens most tokens computed in one step, prefill and decode together
 * @param maxSequences most answers that grow at the same time
 * @param maxQueue most requests that wait; one more is refused
 * @param device what computes: {@code cpu}; {@code cuda:N}, a card by the driver's count; or {@code auto}, the card with most
 *     free memory if there is one that can be used and has room for the model, else the processor
 * @param kernelLevel for the processor, one of {@link org.opensearch.generate.runner.kernel.cpu.CpuKernels#LEVEL_NAMES}
 * @param nativeFolder folder that holds the C kernels' libraries, or null where there is none
 * @param cacheFolder where packed weights are kept for the next load, or null to keep none; see {@link
 *     org.opensearch.generate.runner.weights.WeightCache}
 * @param budget who must agree before off-heap memory is taken
 */
public record LoadOptions(
        ThreadOptions threads,
        long kvBytes,
        DataType kvType,
        int maxContext,
        int maxStepTokens,
        int maxSequences,
        int maxQueue,
        String device,
        String kernelLevel,
        @Nullable Path nativeFolder,
        @Nullable Path cacheFolder,
        MemoryBudget budget) {
    /** The context taken where the caller names none and the model allows more. */
    public static final int DEFAULT_CONTEXT = 8192;

    /** Checks ranges. */
    public LoadOptions {
        require("kvBytes", kvBytes, 0, Long.MAX_VALUE);
        require("maxContext", maxContext, 0, 1 << 24);
        require("maxStepTokens", maxStepTokens, 1, 1 << 16);
        require("maxSequences", maxSequences, 1, maxStepTokens);
        require("maxQueue", maxQueue, 1, 1 << 20);
        KvTypes.name(kvType);
        Devices.check(device);
    }

    /** What suits a node: all processors, KV in bf16, steps of 256 tokens, 32 answers at once, 256 waiting. */
    public static LoadOptions defaults() {
        return new LoadOptions(
                ThreadOptions.of(Runtime.getRuntime().availableProcessors()),
                0,
                DataType.BF16,
                0,
                256,
                32,
                256,
                Devices.CPU,
                "auto",
                null,
                null,
                MemoryBudget.UNLIMITED);
    }

    /** The same on another device. */
    public LoadOptions on(String otherDevice) {
        return new LoadOptions(
                threads,
                kvBytes,
                kvType,
                maxContext,
                maxStepTokens,
                maxSequences,
                maxQueue,
                otherDevice,
                kernelLevel,
                nativeFolder,
                cacheFolder,
                budget);
    }

    private static void require(String name, long value, long smallest, long largest) {
        if (value < smallest || value > largest) {
            throw new IllegalArgumentException(
                    name + " must be from " + smallest + " to " + largest + ", found " + value);
        }
    }
}
