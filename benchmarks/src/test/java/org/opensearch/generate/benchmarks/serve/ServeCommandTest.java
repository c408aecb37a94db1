// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** Whole scenarios against a local server. */
@SuppressWarnings("NullAway.Init")
class ServeCommandTest {
    private static final double EXACT = 1e-9;

    @TempDir
    Path folder;

    private LocalServer server;

    @BeforeEach
    void start() throws IOException {
        server = new LocalServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String serve(String... arguments) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--results", folder.resolve("results").toString()));
        ServeCommand.run(new PrintStream(out, true, StandardCharsets.UTF_8), all.toArray(String[]::new));
        return out.toString(StandardCharsets.UTF_8);
    }

    private JsonNode last() {
        return new ResultFile(folder.resolve("results.jsonl")).lines().getLast();
    }

    private String scenario(String loads) throws IOException {
        Path file = folder.resolve("scenario.json");
        Files.writeString(file, "{\"name\": \"s\", \"about\": \"a\", \"phases\": [" + loads + "]}");
        return file.toString();
    }

    private static String answers(String name, String arrivals, String requests) {
        return "{\"name\": \"" + name + "\", \"kind\": \"answers\", \"arrivals\": {" + arrivals + "}, " + requests
                + " \"prompt_tokens\": 90, \"shared_prefix_tokens\": 20, \"new_tokens\": 4}";
    }

    @Test
    void aClosedLoopOverAStream() throws Exception {
        String scenario = scenario(
                "{\"name\": \"p\", \"loads\": [" + answers("l", "\"concurrency\": 3", "\"requests\": 10,") + "]}");
        serve(scenario, "--url", server.url("/v1/chat/completions"), "--target", "peer");
        JsonNode line = last();
        assertEquals("serve", line.path("kind").asText());
        assertEquals("peer", line.path("target").asText());
        assertEquals("small", line.path("model").asText());
        assertEquals("0.0,1.0", line.path("tokens_per_word").asText());
        JsonNode load = line.path("loads").path("l");
        assertEquals(10, load.path("requests").asInt());
        assertEquals(0, load.path("errors").asInt());
        assertEquals(900, load.path("prompt_tokens").asInt());
        assertEquals(30, load.path("cached_tokens").asInt());
        assertEquals(40, load.path("new_tokens").asInt());
        assertEquals(10, load.path("ttft_ms").path("count").asInt());
        assertEquals(30, load.path("inter_token_ms").path("count").asInt());
        assertEquals("stream", load.path("inter_token_ms").path("source").asText());
        assertEquals(10, load.path("finish").path("length").asInt());
        assertEquals(10, load.path("answers").size());
    }

    @Test
    void textsAreComparedWithAReferenceRun() throws Exception {
        String scenario = scenario(
                "{\"name\": \"p\", \"loads\": [" + answers("l", "\"concurrency\": 1", "\"requests\": 4,") + "]}");
        serve(scenario, "--url", server.url("/v1/chat/completions"));
        String results = folder.resolve("results.jsonl").toString();
        serve(scenario, "--url", server.url("/v1/chat/completions"), "--reference", results);
        assertEquals(
                4,
                last().path("loads").path("l").path("reference").path("equal").asInt());
        serve(scenario, "--url", server.url("/v1/completions"), "--reference", results);
        JsonNode reference = last().path("loads").path("l").path("reference");
        assertEquals(0, reference.path("equal").asInt());
        assertEquals(4, reference.path("of").asInt());
        IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class,
                () -> serve(scenario, "--url", server.url("/v1/completions"), "--reference", results, "--round", "7"));
        assertTrue(String.valueOf(error.getMessage()).endsWith("has no run of s in round 7"), error::getMessage);
    }

    @Test
    void aGenerateUrlTakesTimesFromRepliesAndTheNode() throws Exception {
        String scenario = scenario(
                "{\"name\": \"p\", \"loads\": [" + answers("l", "\"concurrency\": 2", "\"requests\": 4,") + "]}");
        serve(scenario, "--url", server.url("/_generate"));
        JsonNode load = last().path("loads").path("l");
        assertEquals(6.0, load.path("ttft_ms").path("p50").asDouble(), EXACT);
        assertEquals(Summary.REPLY, load.path("ttft_ms").path("source").asText());
        assertEquals(20.0, load.path("inter_token_ms").path("p99").asDouble(), EXACT);
        assertEquals(
                Summary.REPLY_MEAN, load.path("inter_token_ms").path("source").asText());
        serve(scenario, "--url", server.url("/_generate"), "--reload");
        load = last().path("loads").path("l");
        assertEquals(40.0, load.path("inter_token_ms").path("p99").asDouble(), EXACT);
        assertEquals(Summary.NODE, load.path("inter_token_ms").path("source").asText());
        assertTrue(server.paths.contains("POST /_plugins/_generate/models/small/_unload"));
        assertTrue(server.paths.contains("POST /_plugins/_generate/models/small/_load"));
    }

    @Test
    void poissonArrivalsBesideALoadWithoutEndAndSearches() throws Exception {
        String search = "{\"name\": \"s\", \"kind\": \"searches\", \"arrivals\": {\"poisson_per_second\": 500},"
                + " \"requests\": 20}";
        String scenario =
                scenario("{\"name\": \"alone\", \"loads\": [" + search + "]}, {\"name\": \"beside\", \"loads\": ["
                        + search + ", " + answers("l", "\"concurrency\": 2", "") + "]}");
        serve(scenario, "--url", server.url("/v1/chat/completions"), "--search-url", server.url("/island/_search"));
        JsonNode loads = last().path("loads");
        assertEquals(20, loads.path("alone/s").path("requests").asInt());
        assertEquals(20, loads.path("beside/s").path("latency_ms").path("count").asInt());
        assertTrue(loads.path("beside/s").path("latency_p99_over_first_phase").asDouble() > 0);
        assertEquals(0, loads.path("beside/l").path("errors").asInt());
    }

    @Test
    void questionsOnAContextAreToldApart() throws Exception {
        String out = serve(
                "prefix",
                "--url",
                server.url("/v1/chat/completions"),
                "--requests",
                "4",
                "--pid",
                Long.toString(ProcessHandle.current().pid()));
        JsonNode load = last().path("loads").path("answers");
        assertEquals(2, load.path("ttft_first_question_ms").path("count").asInt());
        assertEquals(2, load.path("ttft_next_question_ms").path("count").asInt());
        assertTrue(load.path("ttft_first_over_next").asDouble() > 0);
        assertTrue(last().path("peak_memory_bytes").asLong() > 1 << 20);
        assertTrue(out.contains("ttft_first_over_next"), out);
    }

    @Test
    void errorsAreCountedAndTold() throws Exception {
        String scenario = scenario(
                "{\"name\": \"p\", \"loads\": [" + answers("l", "\"concurrency\": 1", "\"requests\": 3,") + "]}");
        IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class, () -> serve(scenario, "--url", server.url("/nothing/_generate")));
        assertTrue(String.valueOf(error.getMessage()).contains("status 404"), error::getMessage);
        assertThrows(IllegalArgumentException.class, () -> serve(scenario));
        assertThrows(
                IllegalArgumentException.class, () -> serve(scenario, "--url", server.url("/_generate"), "--nope"));
    }
}
