// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;

/**
 * {@code benchmarks/report [NAME...]}: reads result files of those names, or all there are, and writes the comparisons as a table
 * between two markers of {@code docs/performance.md} and as a plot beside it. Of runs with the same command the latest counts.
 */
public final class ReportCommand {
    static final String BEGIN = "<!-- benchmarks/report: begin -->";
    static final String END = "<!-- benchmarks/report: end -->";
    static final String PLOT = "performance.svg";

    private ReportCommand() {}

    public static void main(String[] arguments) throws IOException {
        try {
            Path root = ResultFile.root();
            write(resultFiles(root.resolve("benchmarks/results"), arguments), root.resolve("docs/performance.md"));
        } catch (IllegalArgumentException e) {
            System.err.println("report: " + e.getMessage());
            System.exit(2);
        }
    }

    private static List<Path> resultFiles(Path folder, String... names) throws IOException {
        if (names.length > 0) {
            return Arrays.stream(names)
                    .map(name -> folder.resolve(name + ".jsonl"))
                    .toList();
        }
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("no such folder: " + folder);
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
        }
    }

    /** Throws {@link IllegalArgumentException} if the document lacks a marker or there is nothing to tell. */
    static void write(List<Path> results, Path document) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (Path file : results) {
            lines.addAll(new ResultFile(file).lines());
        }
        List<Row> rows = Row.of(lines);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no comparisons in " + results);
        }
        String text = Json.read(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(document + ": wanted a line " + BEGIN + " and after it " + END);
        }
        String inside = "\n" + Table.markdown(rows) + "\n![Ours over the peer](" + PLOT + ")\n";
        Files.writeString(
                document, text.substring(0, begin) + BEGIN + inside + text.substring(end), StandardCharsets.UTF_8);
        Files.writeString(document.resolveSibling(PLOT), Plot.svg(rows), StandardCharsets.UTF_8);
    }
}
