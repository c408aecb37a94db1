// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A real model over real passages. */
@Tag("shared-data")
@ExtendWith(NodeExtension.class)
class TinyLlamaIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DATA =
            Path.of(System.getProperty("generate.root")).resolve(System.getProperty("generate.test.data"));
    private static final int WANTED = 4;

    private final Node node;

    TinyLlamaIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) throws IOException {
        // A copy, as the node's user need not be able to follow a link into the cache of whoever builds.
        Files.copy(cached("tinyllama.gguf"), node.models().resolve("tinyllama.gguf"));
        Asking.load(node, "tinyllama");
        node.put("/xquad", "{\"settings\": {\"number_of_replicas\": 0}}").expect(200);
        StringBuilder bulk = new StringBuilder();
        for (String line : Files.readAllLines(DATA.resolve("data/passages-open.jsonl"))) {
            String id = JSON.readTree(line).path("id").asText();
            bulk.append("{\"index\": {\"_id\": \"")
                    .append(id)
                    .append("\"}}\n")
                    .append(line)
                    .append('\n');
        }
        assertFalse(node.post("/xquad/_bulk?refresh=true", bulk.toString())
                .expect(200)
                .at("/errors")
                .asBoolean());
    }

    /** The eight questions that the float reference answers four of, with its passage as the only hit. */
    @Test
    void itAnswersAsManyQuestionsAsTheReference() throws IOException {
        int right = 0;
        int cited = 0;
        int retrieved = 0;
        StringBuilder report = new StringBuilder();
        for (JsonNode example : JSON.readTree(
                        DATA.resolve("golden/tinyllama-open.json").toFile())
                .path("rag")) {
            String question = example.path("question").asText();
            Reply reply = node.post(
                            "/xquad/_generate",
                            JSON.createObjectNode()
                                    .put("question", question)
                                    .put("model", "tinyllama")
                                    .put("size", 1)
                                    .put("max_completion_tokens", 64)
                                    .set("context", JSON.readTree("{\"fields\": [\"title\", \"text\"]}"))
                                    .toString())
                    .expect(200);
            String passage = reply.at("/hits/hits/0/_source/text").asText();
            boolean found = example.path("prompt").asText().contains(passage);
            boolean correct = contains(reply.answer(), example.path("answers"));
            retrieved += found ? 1 : 0;
            right += correct ? 1 : 0;
            cited += reply.at("/generation/citations").isEmpty() ? 0 : 1;
            report.append(String.format(
                    Locale.ROOT,
                    "%n%s passage, %s: %s%n    %s%n    %s",
                    found ? "right" : "wrong",
                    correct ? "right" : "wrong",
                    question,
                    reply.answer().replace('\n', ' '),
                    reply.at("/generation/timings")));
        }
        String summary = right + " of 8 right, " + cited + " cited, " + retrieved + " passages found" + report;
        System.out.println(summary);
        assertTrue(right >= WANTED, summary);
    }

    private static boolean contains(String answer, JsonNode accepted) {
        for (JsonNode one : accepted) {
            if (answer.toLowerCase(Locale.ROOT).contains(one.asText().toLowerCase(Locale.ROOT))) {
                return true;
            }
        }
        return false;
    }

    private static Path cached(String name) {
        String folder = System.getenv("GENERATE_CACHE");
        if (folder == null) {
            String caches = System.getenv("XDG_CACHE_HOME");
            folder = (caches == null ? System.getProperty("user.home") + "/.cache" : caches) + "/opensearch-generate";
        }
        return Path.of(folder, name);
    }
}
