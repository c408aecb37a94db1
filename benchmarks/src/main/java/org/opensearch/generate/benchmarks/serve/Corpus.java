// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** The project's sample passages and questions, in {@code packaging/corpus}. */
public record Corpus(List<String> passages, List<String> questions) {

    public static Corpus sample() {
        Path folder = ResultFile.root().resolve("packaging/corpus");
        return new Corpus(
                texts(folder.resolve("passages.ndjson"), "text"),
                texts(folder.resolve("questions.ndjson"), "question"));
    }

    private static List<String> texts(Path file, String field) {
        return Json.read(file)
                .lines()
                .filter(line -> !line.isBlank())
                .map(line -> text(file, line, field))
                .toList();
    }

    private static String text(Path file, String line, String field) {
        JsonNode value = Json.parse(file.toString(), line).path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(file + ": wanted the field " + field + " in each line, found " + line);
        }
        return value.asText();
    }
}
