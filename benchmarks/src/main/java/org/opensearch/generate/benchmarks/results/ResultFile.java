// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Result lines in one file, the latest last. */
public final class ResultFile {
    private static final Path FOLDER = Path.of("benchmarks", "results");
    private final Path file;

    public ResultFile(Path file) {
        this.file = file;
    }

    /** {@code benchmarks/results/NAME.jsonl} of the project. */
    public static ResultFile named(String name) {
        return new ResultFile(root().resolve(FOLDER).resolve(name + ".jsonl"));
    }

    /** The date of today (UTC), the name where none is given. */
    public static String today() {
        return LocalDate.now(ZoneOffset.UTC).toString();
    }

    /** The project's folder. */
    public static Path root() {
        return Path.of(System.getProperty("generate.root", "")).toAbsolutePath();
    }

    public Path path() {
        return file;
    }

    /** A command as it can be given to a shell again. */
    public static String command(String program, String... arguments) {
        StringBuilder command = new StringBuilder(program);
        for (String argument : arguments) {
            boolean plain = argument.matches("[A-Za-z0-9_./:=,@%+-]+");
            command.append(' ').append(plain ? argument : "'" + argument.replace("'", "'\\''") + "'");
        }
        return command.toString();
    }

    /** A line of some kind with when, how, where and of which source it was measured; the numbers are the caller's to add. */
    public static ObjectNode line(String kind, String command) {
        ObjectNode line = Json.object()
                .put("kind", kind)
                .put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("command", command)
                .put("commit", commit());
        line.set("machine", Machine.here().toJson());
        return line;
    }

    public void append(ObjectNode line) {
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.writeString(
                    file,
                    line + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All lines. Throws {@link IllegalArgumentException} if the file is not there or a line is no JSON. */
    public List<JsonNode> lines() {
        List<JsonNode> lines = new ArrayList<>();
        int number = 0;
        for (String line : Json.read(file).split("\n", -1)) {
            number++;
            if (!line.isBlank()) {
                lines.add(Json.parse(file + ", line " + number, line));
            }
        }
        return lines;
    }

    /** The commit that is checked out, with {@code +} if files differ from it; {@code unknown} outside of a repository. */
    private static String commit() {
        String head = git("rev-parse", "--short=12", "HEAD");
        if (head.isEmpty()) {
            return "unknown";
        }
        return git("status", "--porcelain", "--untracked-files=no", "--", ":!benchmarks/results")
                        .isEmpty()
                ? head
                : head + "+";
    }

    private static String git(String... words) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(root().toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? out.strip() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
