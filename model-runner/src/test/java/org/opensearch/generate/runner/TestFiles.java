// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;

/** Where tests find what lies outside the sources. */
public final class TestFiles {
    private TestFiles() {}

    /** The C kernels that this build made. */
    public static Path nativeFolder() {
        return Path.of(System.getProperty("generate.native.dir"));
    }

    /** Test data outside the project; for tests tagged {@code shared-data}. */
    public static Path shared(String name) {
        return Path.of(System.getProperty("generate.root"))
                .resolve(System.getProperty("generate.test.data"))
                .resolve(name);
    }

    /** TinyLlama, in the cache folder that {@code packaging/fetch-model} fills; for tests tagged {@code shared-data}. */
    public static Path tinyLlama() {
        String cache = System.getenv("GENERATE_CACHE");
        if (cache == null) {
            String home = System.getenv("XDG_CACHE_HOME");
            cache = (home == null ? System.getProperty("user.home") + "/.cache" : home) + "/opensearch-generate";
        }
        return Path.of(cache, "tinyllama.gguf");
    }

    /** The kernel levels that this machine runs, Java first. */
    public static List<String> kernelLevels() {
        List<String> levels = new ArrayList<>();
        for (String level : CpuKernels.LEVEL_NAMES) {
            if (level.equals("auto")) {
                continue;
            }
            try {
                CpuKernels.open(level, nativeFolder(), 1, MemoryBudget.UNLIMITED)
                        .kernels()
                        .close();
                levels.add(level);
            } catch (DeviceException e) {
                // not for this processor
            }
        }
        return levels;
    }

    /** Options for a small model; {@code level} is a kernel level of the processor, or a card. */
    public static LoadOptions options(
            String level, int threads, DataType kvType, long kvBytes, int stepTokens, int sequences) {
        return new LoadOptions(
                ThreadOptions.of(threads),
                kvBytes,
                kvType,
                0,
                stepTokens,
                sequences,
                256,
                level.startsWith("cuda") ? level : "cpu",
                level.startsWith("cuda") ? "auto" : level,
                nativeFolder(),
                null,
                MemoryBudget.UNLIMITED);
    }
}
