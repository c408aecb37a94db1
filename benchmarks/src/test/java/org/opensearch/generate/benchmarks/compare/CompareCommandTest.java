// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.benchmarks.serve.LocalServer;

class CompareCommandTest {
    private static final double EXACT = 1e-9;

    @TempDir
    Path folder;

    private String compare(String... arguments) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--results", folder.resolve("results").toString()));
        CompareCommand.run(new PrintStream(out, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
        return out.toString(StandardCharsets.UTF_8);
    }

    private List<JsonNode> lines() {
        return new ResultFile(folder.resolve("results.jsonl")).lines();
    }

    @Test
    void twoServersInTurnsGetTheSamePrompts() throws Exception {
        try (LocalServer ours = new LocalServer();
                LocalServer peer = new LocalServer()) {
            String out = compare(
                    "rag-64",
                    "--ours",
                    ours.url("/_generate"),
                    "--peer",
                    peer.url("/v1/chat/completions"),
                    "--rounds",
                    "2",
                    "--requests",
                    "3");
            List<JsonNode> lines = lines();
            assertEquals(
                    List.of("ours", "peer", "ours", "peer", ""),
                    lines.stream().map(line -> line.path("target").asText()).toList());
            assertEquals(
                    List.of(0, 0, 1, 1, 0),
                    lines.stream().map(line -> line.path("round").asInt()).toList());
            JsonNode prompts = lines.getLast().path("medians").path("answers.prompt_tokens");
            assertEquals(prompts.path("ours").asDouble(), prompts.path("peer").asDouble(), EXACT);
            assertEquals(1.0, prompts.path("ratio").asDouble(), EXACT);
            assertTrue(out.contains("answers.requests_per_minute"), out);
        }
    }

    @Test
    void twoProgramsInTurns() throws Exception {
        Path count = folder.resolve("count");
        String ours = "n=$(cat " + count + " 2>/dev/null || echo 0); echo $((n + 1)) > " + count
                + "; echo warming; echo '{\"tokens_per_second\": '$((n * n))', \"model\": \"m\"}'";
        compare("decode", "--ours", ours, "--peer", "echo '{\"tokens_per_second\": 2}'", "--rounds", "5");
        JsonNode median = lines().getLast().path("medians").path("tokens_per_second");
        assertEquals(4, median.path("ours").asDouble(), EXACT);
        assertEquals(2, median.path("peer").asDouble(), EXACT);
        assertEquals(2, median.path("ratio").asDouble(), EXACT);
        assertEquals(11, lines().size());
    }

    @Test
    void whatIsWrongIsTold() {
        assertMessage("wanted one line of JSON, found 0 from: true", "x", "--ours", "true", "--peer", "true");
        assertMessage("status 3 of: exit 3", "x", "--ours", "exit 3", "--peer", "true");
        assertMessage(
                "wanted two URLs or two programs, found http://127.0.0.1:1/_generate and true",
                "x",
                "--ours",
                "http://127.0.0.1:1/_generate",
                "--peer",
                "true");
        assertMessage("--rounds: wanted at least 1, found 0", "x", "--ours", "a", "--peer", "b", "--rounds", "0");
        assertMessage("wanted a scenario or a name, --ours and --peer, see --help", "x", "--ours", "a");
    }

    private void assertMessage(String wanted, String... arguments) {
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, () -> compare(arguments));
        assertEquals(wanted, error.getMessage());
    }
}
