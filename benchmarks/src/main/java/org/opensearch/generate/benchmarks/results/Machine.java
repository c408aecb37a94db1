// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.results;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machine that a number belongs to.
 *
 * @param processor its name
 * @param flags what the kernels ask of it, as the system names it
 * @param memoryBytes main memory, 0 where the system does not say
 */
record Machine(String processor, List<String> flags, int cores, long memoryBytes, String java) {
    private static final Set<String> TOLD = Set.of(
            "avx2",
            "fma",
            "avx_vnni",
            "avx512f",
            "avx512_vnni",
            "avx512_bf16",
            "amx_tile",
            "amx_int8",
            "amx_bf16",
            "asimddp",
            "i8mm",
            "bf16",
            "sve");

    static Machine here() {
        return of(text(Path.of("/proc/cpuinfo")), text(Path.of("/proc/meminfo")));
    }

    /** From the texts of {@code /proc/cpuinfo} and {@code /proc/meminfo}; what they do not say stays empty. */
    static Machine of(String cpuinfo, String meminfo) {
        String processor = first(cpuinfo, "(?m)^(?:model name|Processor)\\s*:\\s*(.+)$");
        String flags = first(cpuinfo, "(?m)^(?:flags|Features)\\s*:\\s*(.+)$");
        String kilobytes = first(meminfo, "(?m)^MemTotal:\\s*(\\d+) kB");
        return new Machine(
                processor.isEmpty() ? System.getProperty("os.arch") : processor,
                Arrays.stream(flags.split(" ", -1)).filter(TOLD::contains).toList(),
                Runtime.getRuntime().availableProcessors(),
                kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) << 10,
                Runtime.version().toString());
    }

    ObjectNode toJson() {
        ObjectNode json = Json.object().put("processor", processor);
        ArrayNode names = json.putArray("flags");
        flags.forEach(names::add);
        return json.put("cores", cores).put("memory_bytes", memoryBytes).put("java", java);
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1).strip() : "";
    }

    private static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
