// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Scripts for Node.js, in a folder with what they need from npm. */
final class Npm {
    private final Path folder;

    /** @param name of a folder in {@code target}, which is kept between builds */
    Npm(String name) {
        folder = Path.of("target", name).toAbsolutePath();
    }

    /** Brings packages, each {@code name@version}, once. */
    void install(String... packages) throws IOException {
        Files.createDirectories(folder);
        Path installed = folder.resolve("installed");
        String wanted = String.join("\n", packages);
        if (Files.exists(installed) && Files.readString(installed).equals(wanted)) {
            return;
        }
        List<String> command = new ArrayList<>(List.of(
                "npm",
                "install",
                "--prefix",
                ".",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--loglevel=error"));
        command.addAll(List.of(packages));
        run(command);
        Files.writeString(installed, wanted);
    }

    /** Runs a script of {@code src/test/js} and returns what it printed. */
    String script(String name, String... arguments) throws IOException {
        Files.copy(Path.of("src", "test", "js", name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        List<String> command = new ArrayList<>(List.of("node", name));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.onExit().join().exitValue(), () -> String.join(" ", command) + "\n" + output);
        return output;
    }
}
