// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The zip, which is built against the oldest OpenSearch it runs on, in the newest: every way in works there too. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NewestOpenSearchIT {
    private static final String INDEX = "minerals";
    private static final String HARDEST = """
            {"question": "What is the hardest mineral of the hill?", "context": {"fields": ["title", "text"]}%s}""";

    private final Node node;

    NewestOpenSearchIT() throws IOException {
        node = Node.installInto("generate.opensearch.newest", "generate.reactor.newest");
    }

    @BeforeAll
    void start() throws IOException {
        TinyModel.scripted(node.models().resolve("scripted.gguf"), NodeExtension.SCRIPT);
        TinyModel.endless(node.models().resolve("endless.gguf"));
        node.start(Map.of(
                "http.type", "reactor-netty4",
                "plugins.generate.default_model", "scripted",
                "plugins.generate.preload", "scripted"));
        Asking.index(node, INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void itIsThatVersion() {
        assertEquals(
                Objects.requireNonNull(System.getProperty("generate.opensearch.newest.version")),
                node.get("/").expect(200).at("/version/number").asText());
    }

    @Test
    void questionsAreAnsweredFromDocuments() {
        Reply reply =
                node.post("/" + INDEX + "/_generate", HARDEST.formatted("")).expect(200);
        assertEquals(NodeExtension.SCRIPT, reply.answer());
        assertEquals("quartz", reply.at("/generation/citations/0/_id").asText());
    }

    @Test
    void answersAreStreamed() {
        List<JsonNode> events =
                Events.whole(node.postLines("/" + INDEX + "/_generate", HARDEST.formatted(", \"stream\": true")));
        assertEquals(NodeExtension.SCRIPT, Events.text(events));
        assertEquals("quartz", events.getFirst().at("/hits/hits/0/_id").asText());
    }

    @Test
    void manyQuestionsAreAnsweredAtOnce() {
        Reply reply = node.post("/_mgenerate", "{}\n{\"question\": \"Hello\"}\n".repeat(3))
                .expect(200);
        for (int i = 0; i < 3; i++) {
            assertEquals(200, reply.at("/responses/" + i + "/status").asInt(), reply.body()::toPrettyString);
        }
    }

    @Test
    void answersAreReadByTheirId() {
        String id = node.post("/_generate", "{\"question\": \"Hello\", \"async\": true}")
                .expect(200)
                .at("/id")
                .asText();
        Node.await("the answer", Asking.SOON, () -> node.get("/_generate/" + id + "?wait=1s")
                .expect(200)
                .at("/state")
                .asText()
                .equals("done"));
    }

    @Test
    void openAisClientsAreAnswered() {
        Reply reply = node.post(
                        "/_plugins/_generate/v1/chat/completions",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}")
                .expect(200);
        assertEquals(
                NodeExtension.SCRIPT, reply.at("/choices/0/message/content").asText());
    }

    @Test
    void searchPipelinesAnswer() {
        node.put("/_search/pipeline/answering", """
                        {"response_processors": [{"generate": {"context_field_list": ["title", "text"]}}]}""").expect(200);
        Reply reply = node.post("/" + INDEX + "/_search?search_pipeline=answering", """
                        {"query": {"match": {"text": "hardest"}}, "ext": {"generate": {"question": "What is hard?"}}}""")
                .expect(200);
        assertEquals(
                NodeExtension.SCRIPT,
                reply.at("/ext/retrieval_augmented_generation/answer").asText());
    }

    @Test
    void modelsComeAndGo() {
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Asking.load(node, "endless");
        assertTrue(Asking.stats(node, "endless").at("/memory/weight_bytes").asLong() > 0);
        assertTrue(Asking.breakerBytes(node) > 0);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void theLogHoldsNoSurprise() {
        assertEquals(List.of(), NodeLog.warnings(node).toList());
    }
}
