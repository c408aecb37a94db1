// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers as server-sent events. */
@ExtendWith(StreamingNode.class)
class StreamIT {
    private static final String QUESTION = "{\"question\": \"What is the hardest mineral of the hill?\", "
            + "\"context\": {\"fields\": [\"title\", \"text\"]}, \"_source\": \"title\", \"stream\": true}";
    private static final String BABBLE =
            "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": %d, \"stream\": true%s}";
    private static final int MANY = 30000;

    private final Node node;

    StreamIT(Node node) {
        this.node = node;
    }

    @BeforeEach
    void idle() {
        Node.await("an idle engine", Asking.SOON, () -> running() == 0);
    }

    /** One path streams, the other sends there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/minerals/_generate/stream",
                "/minerals/_generate",
                "/minerals/_generate?ignore_unavailable=true"
            })
    void hitsComeFirstThenTextAndCitationsThenUsage(String path) {
        List<JsonNode> events = Events.whole(node.postLines(path, QUESTION));
        JsonNode first = events.getFirst();
        assertEquals("assistant", first.at("/choices/0/delta/role").asText());
        assertEquals("quartz", first.at("/hits/hits/0/_id").asText());
        assertTrue(first.at("/hits/hits/0/_source/text").isMissingNode(), first::toPrettyString);
        for (JsonNode event : events) {
            assertEquals("chat.completion.chunk", event.path("object").asText());
            assertEquals(first.path("id"), event.path("id"));
            assertEquals("scripted", event.path("model").asText());
            assertEquals(first.path("created"), event.path("created"));
        }
        assertEquals(NodeExtension.SCRIPT, Events.text(events));
        List<JsonNode> citing =
                events.stream().filter(event -> event.has("citations")).toList();
        assertEquals(1, citing.size(), events::toString);
        JsonNode citation = citing.getFirst().at("/citations/0");
        assertEquals("quartz", citation.path("_id").asText());
        assertEquals(
                "The hardest mineral of the hill is quartz.".length(),
                citation.path("end").asInt() - citation.path("start").asInt());
        JsonNode usage = events.getLast();
        assertEquals(0, usage.path("choices").size());
        assertTrue(usage.at("/usage/total_tokens").asInt() > 10, usage::toPrettyString);
        assertTrue(usage.at("/timings/ttft_ms").isNumber());
        assertEquals(1, events.stream().filter(event -> event.has("usage")).count());
        assertEquals(
                "stop",
                events.get(events.size() - 2).at("/choices/0/finish_reason").asText());
    }

    @Test
    void aStreamedAnswerIsTheWholeAnswer() {
        String body = BABBLE.formatted(300, ", \"logprobs\": true, \"temperature\": 1");
        List<JsonNode> events = Events.whole(node.postLines("/minerals/_generate", body));
        Reply whole = node.post("/minerals/_generate", body.replace("\"stream\": true", "\"stream\": false"))
                .expect(200);
        assertEquals(whole.answer(), Events.text(events));
        int tokens = 0;
        for (JsonNode event : events) {
            tokens += event.at("/choices/0/logprobs/content").size();
        }
        assertEquals(300, tokens);
        assertEquals(
                "length",
                events.get(events.size() - 2).at("/choices/0/finish_reason").asText());
    }

    @Test
    void guidedAnswersStreamAndTellTheirQuotesAtTheEnd() {
        for (int seed = 0; seed < 3; seed++) {
            String body = BABBLE.formatted(
                    400,
                    ", \"query\": {\"match_all\": {}}, \"context\": {\"fields\": [\"title\", \"text\"]}, \"temperature\": 2,"
                            + " \"quotes\": \"verbatim\", \"seed\": " + seed);
            List<JsonNode> events = Events.whole(node.postLines("/minerals/_generate", body));
            Reply whole = node.post("/minerals/_generate", body.replace("\"stream\": true", "\"stream\": false"))
                    .expect(200);
            assertEquals(whole.answer(), Events.text(events));
            JsonNode quotes = events.get(events.size() - 2).path("quotes");
            assertTrue(quotes.isArray(), events::toString);
            assertEquals(whole.at("/generation/quotes"), quotes);
        }
    }

    @Test
    void anAnswerOfASchemaStreamsToTheLetter() throws IOException {
        String schema = """
                , "temperature": 2, "seed": 3, "response_format": {"type": "json_schema", "json_schema": {"name": "stone",
                  "schema": {"type": "object", "required": ["name", "red"], "additionalProperties": false,
                    "properties": {"name": {"type": "string", "maxLength": 12}, "red": {"type": "boolean"}}}}}""";
        String body = BABBLE.formatted(200, schema);
        List<JsonNode> events = Events.whole(node.postLines("/minerals/_generate", body));
        Reply whole = node.post("/minerals/_generate", body.replace("\"stream\": true", "\"stream\": false"))
                .expect(200);
        assertEquals(whole.answer(), Events.text(events));
        JsonNode stone = new ObjectMapper().readTree(Events.text(events));
        assertTrue(stone.path("name").isTextual() && stone.path("red").isBoolean(), stone::toString);
        assertTrue(events.size() > 5, events::toString);
    }

    @Test
    void wordsComeWhileTheAnswerIsBeingWritten() {
        HttpResponse<Stream<String>> response = node.postLines("/_generate", BABBLE.formatted(MANY, ""));
        try (Stream<String> lines = response.body()) {
            Iterator<String> some = lines.filter(line -> !line.isEmpty()).iterator();
            StringBuilder text = new StringBuilder();
            while (text.length() < 20) {
                text.append(
                        Events.event(some.next()).at("/choices/0/delta/content").asText());
            }
            assertEquals(1, running());
        }
    }

    @Test
    void aClientThatLeavesFreesItsPages() {
        HttpResponse<Stream<String>> response = node.postLines("/_generate", BABBLE.formatted(MANY, ""));
        try (Stream<String> lines = response.body()) {
            assertTrue(lines.iterator().hasNext());
            Node.await("the answer to be running", Asking.SOON, () -> running() == 1);
        }
        Node.await(
                "the pages to be free",
                Asking.SOON,
                () -> running() == 0
                        && Asking.stats(node, "endless").at("/pages/used").asInt() == 0);
        Node.await("the task to be gone", Asking.SOON, () -> node.get("/_tasks?actions=indices:data/read/generate*")
                .at("/nodes")
                .isEmpty());
    }

    /** The answer has some MB of events, small ones or large; what waits for the client is bounded, and at the bound it is given up. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientThatDoesNotReadIsGivenUp(boolean large) throws IOException {
        long before = cancelled();
        String body = BABBLE.formatted(
                MANY, ", \"timeout\": \"5m\"" + (large ? ", \"logprobs\": true, \"top_logprobs\": 3" : ""));
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
            socket.getOutputStream()
                    .write(("POST /_generate/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            Node.await("the answer to be given up", Duration.ofMinutes(1), () -> cancelled() == before + 1);
            assertEquals(0, running());
            InputStream rest = socket.getInputStream();
            assertTrue(rest.readAllBytes().length < 1 << 20, "little was kept for it");
        } catch (java.net.SocketException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("reset"), e::toString);
        }
    }

    @Test
    void whatGoesWrongIsTheLastEvent() {
        JsonNode unknown =
                Events.error(node.postLines("/_generate/stream", "{\"question\": \"x\", \"model\": \"nobody\"}"));
        assertEquals(404, unknown.path("status").asInt());
        assertTrue(unknown.at("/error/reason").asText().contains("nobody"), unknown::toPrettyString);
        JsonNode malformed = Events.error(node.postLines("/_generate/stream", "{\"question\": \"x\", \"tempo\": 1}"));
        assertEquals(400, malformed.path("status").asInt());
        assertTrue(malformed.toString().contains("tempo"), malformed::toPrettyString);
        JsonNode nowhere = Events.error(node.postLines("/nowhere/_generate/stream", "{\"question\": \"x\"}"));
        assertEquals(404, nowhere.path("status").asInt());
        assertEquals(
                400,
                Events.error(node.postLines("/_generate/stream", ""))
                        .path("status")
                        .asInt());
    }

    @Test
    void wholeAnswersKeepTheirStatusBesideStreams() {
        assertEquals(
                NodeExtension.SCRIPT,
                node.post("/_generate", "{\"question\": \"Hello\"}").expect(200).answer());
        node.post("/_generate", "{\"question\": \"x\", \"model\": \"nobody\"}").expect(404);
        node.post("/_generate", "{\"question\": \"x\", \"stream\": true, \"tempo\": 1}")
                .expect(400);
        assertFalse(node.post("/_generate", "{\"question\": \"x\", \"stream\": true, \"async\": true}")
                .expect(400)
                .reason()
                .isEmpty());
    }

    private int running() {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }

    private long cancelled() {
        return Asking.stats(node, "endless").at("/requests/finished/cancelled").asLong();
    }
}
