// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One number of a comparison that is worth telling.
 *
 * @param scenario the comparison's name
 * @param measure what was measured, with its unit
 * @param better how many times better ours is
 * @param rounds of how many runs the numbers are medians
 * @param command that made it
 */
record Row(
        String scenario,
        String measure,
        double ours,
        double peer,
        double better,
        int rounds,
        String command,
        String commit) {

    /** The numbers to tell, by the end of their names, and how to call them. */
    private static final Map<String, String> HIGHER_IS_BETTER = names(
            "requests_per_minute", "requests/min",
            "new_tokens_per_second", "new tokens/s",
            "prefill_tokens_per_second", "prefill, tokens/s",
            "decode_tokens_per_second", "decode, tokens/s",
            "decode_tokens_per_second.p50", "decode of an answer, tokens/s",
            "ttft_first_over_next", "TTFT, first question over next");

    private static final Map<String, String> LOWER_IS_BETTER = names(
            "ttft_ms", "TTFT, ms",
            "ttft_ms.p50", "TTFT p50, ms",
            "ttft_ms.p99", "TTFT p99, ms",
            "inter_token_ms.p99", "inter-token p99, ms",
            "latency_p99_over_first_phase", "p99 beside answers over alone",
            "inter_token_p99_over_p50", "inter-token p99 over p50",
            "peak_memory_bytes", "peak memory, bytes");

    private static Map<String, String> names(String... pairs) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            names.put(pairs[i], pairs[i + 1]);
        }
        return names;
    }

    /** The rows of all comparisons among result lines; of the same command the latest. */
    static List<Row> of(List<JsonNode> lines) {
        Map<String, JsonNode> latest = new LinkedHashMap<>();
        for (JsonNode line : lines) {
            if (line.path("kind").asText().equals("compare")) {
                latest.remove(line.path("command").asText());
                latest.put(line.path("command").asText(), line);
            }
        }
        List<Row> rows = new ArrayList<>();
        for (JsonNode line : latest.values()) {
            line.path("medians").properties().forEach(median -> add(rows, line, median.getKey(), median.getValue()));
        }
        return rows;
    }

    private static void add(List<Row> rows, JsonNode line, String name, JsonNode pair) {
        double ours = pair.path("ours").asDouble();
        double peer = pair.path("peer").asDouble();
        String measure = called(HIGHER_IS_BETTER, name);
        double better = ours / peer;
        if (measure.isEmpty()) {
            measure = called(LOWER_IS_BETTER, name);
            better = peer / ours;
        }
        if (!measure.isEmpty() && ours > 0 && peer > 0) {
            rows.add(new Row(
                    line.path("scenario").asText(),
                    measure,
                    ours,
                    peer,
                    better,
                    line.path("rounds").asInt(),
                    line.path("command").asText(),
                    line.path("commit").asText()));
        }
    }

    /** With the load's name in front where it is not simply the answers; empty for numbers that are not told. */
    private static String called(Map<String, String> names, String name) {
        for (Map.Entry<String, String> known : names.entrySet()) {
            if (name.equals(known.getKey()) || name.equals("answers." + known.getKey())) {
                return known.getValue();
            }
            if (name.endsWith("." + known.getKey())) {
                return name.substring(0, name.length() - known.getKey().length() - 1) + ": " + known.getValue();
            }
        }
        return "";
    }
}
