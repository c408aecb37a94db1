// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The slow log, in files of its own as {@code docs/observability.md} says. */
class SlowLogIT {
    private static final String QUESTION = "What is the hardest mineral of the hill?";
    private static final Path DOCS =
            Path.of(System.getProperty("generate.root")).resolve("docs/observability.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Node node;

    @BeforeAll
    static void prepare() throws IOException {
        node = Node.install();
        TinyModel.scripted(node.models().resolve("scripted.gguf"), NodeExtension.SCRIPT);
        Files.writeString(
                node.home().resolve("config/log4j2.properties"), documented("properties"), StandardOpenOption.APPEND);
        node.start(Map.of("cluster.name", "slow"));
        Asking.index(node, "hill");
        Asking.load(node, "scripted");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** The first block of the documentation in a language. */
    private static String documented(String language) throws IOException {
        String text = Files.readString(DOCS);
        int start = text.indexOf("```" + language + "\n");
        assertTrue(start >= 0, language);
        start = text.indexOf('\n', start) + 1;
        return "\n" + text.substring(start, text.indexOf("```", start));
    }

    @AfterEach
    void off() {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.slowlog.*\": null}}")
                .expect(200);
    }

    private static void set(String settings) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.slowlog\": " + settings + "}}")
                .expect(200);
    }

    private static String ask(String path, String opaqueId) {
        return Plain.post(
                        node,
                        path,
                        "{\"question\": \"" + QUESTION + "\", \"context\": {\"fields\": [\"title\", \"text\"]}}",
                        "X-Opaque-Id",
                        opaqueId)
                .body();
    }

    /** The lines about requests of an id, once there is one. */
    private static List<String> lines(String opaqueId) {
        Node.await(
                "a slow line of " + opaqueId, Asking.SOON, () -> !read(opaqueId).isEmpty());
        return read(opaqueId);
    }

    private static List<String> read(String opaqueId) {
        return file("slow_generate_slowlog.log").stream()
                .filter(line -> line.contains(", id[" + opaqueId + "]"))
                .toList();
    }

    private static List<String> file(String name) {
        Path file = node.home().resolve("logs").resolve(name);
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSlowAnswerIsOneLine() throws IOException {
        set("{\"threshold.total\": {\"warn\": \"0ms\", \"info\": \"0ms\"}, \"threshold.prefill.info\": \"0ms\"}");
        JsonNode reply = JSON.readTree(ask("/hill/_generate", "one"));
        List<String> lines = lines("one");
        assertEquals(1, lines.size(), lines::toString);
        String line = lines.getFirst();
        assertTrue(line.contains("[WARN ]"), line);
        assertTrue(line.contains("slow[total]"), line);
        assertTrue(line.contains("model[scripted]"), line);
        assertTrue(line.contains("answer_id[" + reply.at("/generation/id").asText() + "]"), line);
        for (String phase : List.of("retrieve", "queue", "prefill")) {
            String value = reply.at("/generation/timings/" + phase + "_ms").asText();
            assertTrue(line.contains(phase + "_millis[" + value + "]"), line);
        }
        assertTrue(
                line.contains("prompt_tokens["
                        + reply.at("/generation/usage/prompt_tokens").asInt() + "]"),
                line);
        assertFalse(line.contains("mineral"), "the question is not shown by default: " + line);
        assertFalse(node.log().contains("id[one]"), "a file of its own");
    }

    @Test
    void theJsonFileHasTheFields() throws IOException {
        set("{\"threshold.decode.info\": \"0ms\", \"prompt_length\": 12}");
        ask("/hill/_generate", "two");
        lines("two");
        String json = file("slow_generate_slowlog.json").stream()
                .filter(line -> line.contains("\"id\": \"two\""))
                .findFirst()
                .orElseThrow();
        JsonNode fields = JSON.readTree(json);
        assertEquals("INFO", fields.path("level").asText());
        assertEquals("generate_slowlog", fields.path("type").asText());
        assertEquals("scripted", fields.path("model").asText());
        assertEquals("decode", fields.path("slow").asText());
        assertEquals("two", fields.path("id").asText());
        assertEquals(QUESTION.substring(0, 12), fields.path("prompt").asText());
    }

    @Test
    void whatIsFasterThanItsThresholdIsNotWritten() {
        set("{\"threshold.total.warn\": \"1h\", \"threshold.queue.trace\": \"1h\"}");
        ask("/hill/_generate", "fast");
        set("{\"threshold.total.trace\": \"0ms\"}");
        ask("/hill/_generate", "after");
        assertTrue(lines("after").getFirst().contains("[TRACE]"));
        assertEquals(List.of(), read("fast"));
    }

    @Test
    void everyWayInIsWritten() {
        set("{\"threshold.total.debug\": \"0ms\"}");
        ask("/_generate", "plain");
        assertTrue(lines("plain").getFirst().contains("[DEBUG]"));
        Plain.post(
                node,
                "/_plugins/_generate/v1/chat/completions",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Who?\"}]}",
                "X-Opaque-Id",
                "openai");
        lines("openai");
        ask("/hill/_generate?pretty", "pretty");
        lines("pretty");
    }

    @Test
    void textFromOutsideStaysOnItsLine() {
        set("{\"threshold.total.warn\": \"0ms\", \"prompt_length\": 100}");
        Plain.post(node, "/_generate", "{\"question\": \"one\\ntwo] user[root\\\" {}\"}", "X-Opaque-Id", "escaped");
        String line = lines("escaped").getFirst();
        assertTrue(line.endsWith("prompt[one\\ntwo] user[root\\\" {}]"), line);
    }

    @Test
    void aThresholdThatIsNoTimeIsRefused() {
        Reply reply = node.put(
                        "/_cluster/settings",
                        "{\"persistent\": {\"plugins.generate.slowlog.threshold.total.warn\": \"slow\"}}")
                .expect(400);
        assertTrue(reply.reason().contains("plugins.generate.slowlog.threshold.total.warn"), reply.reason());
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.slowlog.threshold.nap.warn\": \"1s\"}}")
                .expect(400);
    }
}
