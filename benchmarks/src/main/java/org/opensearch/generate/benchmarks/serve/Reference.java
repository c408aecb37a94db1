// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** An earlier run of the same prompts, to compare texts with. */
final class Reference {
    private final JsonNode line;

    private Reference(JsonNode line) {
        this.line = line;
    }

    /** The latest run of a scenario with the same round in a file of results. */
    static Reference latest(Path file, String scenario, int round) {
        List<JsonNode> runs = new ResultFile(file)
                .lines().stream()
                        .filter(line -> line.path("kind").asText().equals(ServeCommand.KIND))
                        .filter(line -> line.path("scenario").asText().equals(scenario))
                        .filter(line -> line.path("round").asInt() == round)
                        .toList();
        if (runs.isEmpty()) {
            throw new IllegalArgumentException(file + " has no run of " + scenario + " in round " + round);
        }
        return new Reference(runs.getLast());
    }

    /** How many answers of a load have the reference's text, and of how many that both have. */
    ObjectNode compare(String load, ObjectNode summary) {
        Set<String> wanted = new HashSet<>();
        Set<String> numbers = new HashSet<>();
        for (JsonNode answer : line.path("loads").path(load).path("answers")) {
            wanted.add(answer.asText());
            numbers.add(number(answer));
        }
        int of = 0;
        int equal = 0;
        for (JsonNode answer : summary.path("answers")) {
            of += numbers.contains(number(answer)) ? 1 : 0;
            equal += wanted.contains(answer.asText()) ? 1 : 0;
        }
        return Json.object()
                .put("equal", equal)
                .put("of", of)
                .put("target", line.path("target").asText())
                .put("time", line.path("time").asText());
    }

    private static String number(JsonNode answer) {
        String text = answer.asText();
        return text.substring(0, Math.max(0, text.indexOf(':')));
    }
}
