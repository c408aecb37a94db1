// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.runner.TestFiles;

/** The CUDA kernels, compiled for the host with the address and undefined-behaviour sanitizers, in a process of their own. */
class SanitizedCardsTest {
    @Test
    void sanitizersFindNothing() throws Exception {
        String output = run(0);
        assertTrue(output.contains("ran "), output);
    }

    @ParameterizedTest
    @CsvSource({"faulty_memory, 32", "faulty_memory, -1", "faulty_shared, 32"})
    void sanitizersFindWhatIsWrong(String kernel, String where) throws Exception {
        String output = run(1, kernel, where);
        assertTrue(output.contains("AddressSanitizer: use-after-poison"), output);
        assertTrue(output.contains("faulty.cu"), output);
    }

    private static String run(int status, String... arguments) throws Exception {
        Path library = TestFiles.nativeFolder().resolveSibling("sim-sanitized").resolve("libcuda.so.1");
        String sanitizer = output(0, new ProcessBuilder("c++", "-print-file-name=libasan.so"))
                .strip();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                SanitizedRun.class.getName(),
                library.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder run = new ProcessBuilder(command);
        run.environment().put("LD_PRELOAD", sanitizer);
        run.environment().put("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0:handle_sigfpe=0");
        return output(status, run);
    }

    private static String output(int status, ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(status, process.waitFor(), output);
        return output;
    }
}
