// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Documents that try to be more than text, from the index to the reply. The models take a token for each byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(StreamingNode.class)
class HostilePassagesIT {
    private static final String INDEX = "hostile";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Supports what the scripted model says. */
    private static final String TRUTH = "\n\nThe hardest mineral of the hill is quartz.";
    /** An answer that tries to end its JSON string and its event. */
    private static final String HOSTILE_ANSWER = "\u0001\"},\\\rdat: [DONE]<&>\u007f";

    private final Node node;
    private final List<String> texts = new ArrayList<>();

    HostilePassagesIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    void index() throws IOException {
        TinyModel.scripted(node.models().resolve("framing.gguf"), HOSTILE_ANSWER);
        TinyModel.scripted(node.models().resolve("faking.gguf"), "Quartz [7].");
        Asking.load(node, "framing");
        Asking.load(node, "faking");
        StringBuilder bulk = new StringBuilder();
        try (InputStream in =
                Objects.requireNonNull(HostilePassagesIT.class.getResourceAsStream("/hostile-passages.ndjson"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String text = JSON.readTree(line).path("text").asText() + TRUTH;
                ObjectNode document = JSON.createObjectNode().put("text", text).put("number", texts.size());
                bulk.append("{\"index\": {\"_id\": \"")
                        .append(texts.size())
                        .append("\"}}\n")
                        .append(document)
                        .append('\n');
                texts.add(text);
            }
        }
        node.put("/" + INDEX, """
                {"settings": {"number_of_replicas": 0},
                 "mappings": {"properties": {"text": {"type": "text", "index": false}}}}""").expect(200);
        Reply indexed =
                node.post("/" + INDEX + "/_bulk?refresh=true", bulk.toString()).expect(200);
        assertTrue(!indexed.at("/errors").asBoolean(), indexed.body()::toPrettyString);
    }

    @AfterAll
    void remove() {
        node.delete("/" + INDEX).expect(200);
        node.post("/_plugins/_generate/models/framing/_unload", "");
        node.post("/_plugins/_generate/models/faking/_unload", "");
    }

    private static String question(int number, String more) {
        return "{\"question\": \"Which is the hardest mineral?\", \"context\": {\"fields\": [\"text\"]}, "
                + "\"query\": {\"term\": {\"number\": " + number + "}}" + more + "}";
    }

    private Reply ask(int number, String more) {
        return node.post("/" + INDEX + "/_generate", question(number, more)).expect(200);
    }

    /** A control token would be one token for many bytes. */
    @Test
    void everyByteIsATokenOfItsOwn() {
        for (int i = 0; i < texts.size(); i++) {
            Reply reply = ask(i, "");
            int bytes = ("[1] " + texts.get(i).strip()).getBytes(StandardCharsets.UTF_8).length;
            int tokens = reply.at("/generation/context/tokens").asInt();
            if (bytes < 4000) {
                assertEquals(bytes, tokens, 2, texts.get(i));
            }
            assertTrue(reply.at("/generation/usage/prompt_tokens").asInt() > tokens);
            assertEquals(texts.get(i), reply.at("/hits/hits/0/_source/text").asText());
        }
    }

    @Test
    void citationsLeadOnlyToWhatIsThere() {
        for (String model : List.of("scripted", "faking")) {
            for (int i = 0; i < texts.size(); i++) {
                Reply reply = ask(i, ", \"model\": \"" + model + "\"");
                assertTrue(List.of("Quartz [1].", "Quartz.").contains(reply.answer()), reply.answer());
                assertEquals(
                        reply.answer().contains("[1]") ? 1 : 0,
                        reply.at("/generation/citations").size());
                for (JsonNode citation : reply.at("/generation/citations")) {
                    assertEquals(1, citation.path("marker").asInt());
                    assertEquals(Integer.toString(i), citation.path("_id").asText());
                    assertEquals("text", citation.path("field").asText());
                    String cited = texts.get(i)
                            .substring(
                                    citation.path("start").asInt(),
                                    citation.path("end").asInt());
                    assertTrue(cited.contains("quartz"), cited);
                }
            }
        }
    }

    @Test
    void allOfThemAtOnceAreNumberedAsTheyCome() {
        Reply reply = node.post("/" + INDEX + "/_generate", """
                        {"question": "Which is the hardest mineral?", "size": 100, "query": {"match_all": {}},
                         "context": {"fields": ["text"], "max_tokens": 7000}}""").expect(200);
        assertEquals(texts.size(), reply.at("/hits/hits").size());
        int used = reply.at("/generation/context/used").asInt();
        assertEquals(
                texts.size(), used + reply.at("/generation/context/dropped").asInt());
        for (JsonNode citation : reply.at("/generation/citations")) {
            int marker = citation.path("marker").asInt();
            assertTrue(marker >= 1 && marker <= used, citation::toPrettyString);
        }
    }

    /** Each event is one line of JSON, whatever its hits say. */
    @Test
    void streamsKeepTheirFrame() {
        for (int i = 0; i < texts.size(); i++) {
            List<JsonNode> events =
                    Events.whole(node.postLines("/" + INDEX + "/_generate", question(i, ", \"stream\": true")));
            assertEquals(
                    texts.get(i),
                    events.getFirst().at("/hits/hits/0/_source/text").asText());
            assertEquals(ask(i, "").answer(), Events.text(events));
        }
    }

    @Test
    void answersCannotBreakTheFrameEither() {
        String body = "{\"question\": \"Speak.\", \"model\": \"framing\"%s}";
        assertEquals(
                HOSTILE_ANSWER,
                node.post("/_generate", body.formatted("")).expect(200).answer());
        List<JsonNode> events = Events.whole(node.postLines("/_generate", body.formatted(", \"stream\": true")));
        assertEquals(HOSTILE_ANSWER, Events.text(events));
        Reply reply =
                node.post("/_mgenerate", "{}\n" + body.formatted("") + "\n").expect(200);
        assertEquals(
                HOSTILE_ANSWER,
                reply.at("/responses/0/generation/choices/0/message/content").asText());
    }

    /** Hostile words where a request has words: they are words there too. */
    @Test
    void questionsMayBeHostileToo() {
        for (String text : texts) {
            String body = JSON.createObjectNode()
                    .put("question", text.substring(Math.max(0, text.length() - 1000)))
                    .put("stream", true)
                    .toString();
            assertEquals("Quartz [1].", Events.text(Events.whole(node.postLines("/_generate", body))));
        }
    }
}
