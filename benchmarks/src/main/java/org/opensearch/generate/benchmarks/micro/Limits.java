// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;

/**
 * What the machine can do at most at a level with so many threads, as {@code limits.c} finds it.
 *
 * @param gigabytes read from memory a second, in 10^9
 * @param int8TeraOperations products of 8-bit integers and their sums a second, in 10^12
 * @param f32TeraOperations float operations a second, in 10^12
 */
record Limits(String level, int threads, double gigabytes, double int8TeraOperations, double f32TeraOperations) {

    /** Measures. Throws {@link IllegalArgumentException} if the level is none of this machine's. */
    static Limits measure(String level, int threads) throws InterruptedException {
        Path program = ResultFile.root().resolve("benchmarks/target/limits");
        try {
            Process process = new ProcessBuilder(List.of(program.toString(), level, Integer.toString(threads)))
                    .redirectErrorStream(true)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalArgumentException(out.strip());
            }
            return of(Json.parse(program.toString(), out));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Limits of(JsonNode json) {
        return new Limits(
                json.path("level").asText(),
                json.path("threads").asInt(),
                json.path("read_gigabytes_per_second").asDouble(),
                json.path("int8_teraops").asDouble(),
                json.path("f32_teraflops").asDouble());
    }

    ObjectNode toJson() {
        return Json.object()
                .put("level", level)
                .put("threads", threads)
                .put("gigabytes_per_second", gigabytes)
                .put("int8_tera_operations_per_second", int8TeraOperations)
                .put("f32_tera_operations_per_second", f32TeraOperations);
    }
}
