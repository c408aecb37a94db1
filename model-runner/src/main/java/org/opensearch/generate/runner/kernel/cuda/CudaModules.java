// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.runner.kernel.DeviceException;

/** The kernels of {@code src/main/cuda}, made ready for a card by its driver from their PTX. One thread at a time. */
final class CudaModules implements AutoCloseable {
    /** The kernels of each PTX file. */
    static final Map<String, List<String>> KERNELS = Map.ofEntries(
            Map.entry("add", List.of("add")),
            Map.entry("append_kv", List.of("append_kv_f32", "append_kv_bf16", "append_kv_int8")),
            Map.entry("attention", List.of("attention_f32", "attention_bf16")),
            Map.entry("attention_int8", List.of("attention_int8")),
            Map.entry("embed", List.of("embed")),
            Map.entry("gather", List.of("gather")),
            Map.entry("head_rms_norm", List.of("head_rms_norm")),
            Map.entry("matmul", List.of("matmul_1", "matmul_8")),
            Map.entry("matmul_tiles", List.of("matmul_tiles")),
            Map.entry("quantize", List.of("quantize")),
            Map.entry("rms_norm", List.of("rms_norm")),
            Map.entry("rope", List.of("rope")),
            Map.entry("swiglu", List.of("swiglu")));

    private final CudaDevice device;
    private final Map<String, Long> functions = new HashMap<>();
    private final Deque<Long> modules = new ArrayDeque<>();
    private final Arena arena = Arena.ofShared();
    private final LaunchArguments arguments = new LaunchArguments(arena);

    CudaModules(CudaDevice device) {
        this.device = device;
        CudaDriver driver = device.enter();
        try {
            KERNELS.forEach((file, names) -> {
                long module = driver.loadModule(device.id(), ptx(file));
                modules.push(module);
                for (String name : names) {
                    functions.put(name, driver.function(device.id(), module, name));
                }
            });
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static String ptx(String file) {
        String name = "/cuda/" + file + ".ptx";
        try (InputStream in = CudaModules.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new DeviceException("load", "cuda", "there is no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    /** Where the arguments of the next launch are written. */
    LaunchArguments arguments() {
        return arguments.begin();
    }

    /** Launches a kernel with the arguments written; nothing if the grid is empty. */
    void launch(String kernel, long gridX, int gridY, int threads) {
        if (gridX == 0 || gridY == 0) {
            return;
        }
        Long function = functions.get(kernel);
        if (function == null) {
            throw new IllegalStateException("there is no kernel " + kernel);
        }
        device.enter()
                .launch(
                        device.id(),
                        function,
                        Math.toIntExact(gridX),
                        gridY,
                        threads,
                        device.stream(),
                        arguments.end());
    }

    /** Ends the arguments that were begun, for {@link CudaDriver#launch}. */
    MemorySegment end() {
        return arguments.end();
    }

    @Override
    public void close() {
        modules.forEach(module -> device.atEnd(() -> device.enter().unloadModule(device.id(), module)));
        modules.clear();
        arena.close();
    }
}
