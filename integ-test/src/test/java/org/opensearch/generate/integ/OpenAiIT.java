// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** OpenAI's own client for Node.js, with another base URL and nothing else. */
@ExtendWith(StreamingNode.class)
class OpenAiIT {
    private static final String CLIENT = "openai@7.57.0";
    private static final Npm NPM = new Npm("openai-client");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Node node;

    OpenAiIT(Node node) {
        this.node = node;
    }

    /** Brings the client through npm, once. */
    @BeforeAll
    static void install() throws IOException {
        NPM.install(CLIENT);
    }

    private JsonNode client(String scenario) throws IOException {
        String base = "http://127.0.0.1:" + node.port() + "/_plugins/_generate/v1";
        return JSON.readTree(NPM.script("openai.mjs", base, scenario));
    }

    @Test
    void aChat() throws IOException {
        JsonNode chat = client("chat").at("/result");
        assertEquals("chat.completion", chat.path("object").asText());
        assertEquals(NodeExtension.SCRIPT, chat.at("/choices/0/message/content").asText());
        assertEquals("stop", chat.at("/choices/0/finish_reason").asText());
        assertTrue(chat.at("/usage/total_tokens").asInt() > 0);
        assertTrue(chat.path("hits").isMissingNode());
    }

    @Test
    void aChatOverAnIndex() throws IOException {
        JsonNode chat = client("retrieval").at("/result");
        assertEquals(NodeExtension.SCRIPT, chat.at("/choices/0/message/content").asText());
        assertEquals("quartz", chat.at("/hits/hits/0/_id").asText());
        assertEquals("quartz", chat.at("/citations/0/_id").asText());
    }

    @Test
    void aStream() throws IOException {
        JsonNode chunks = client("stream").at("/result");
        StringBuilder text = new StringBuilder();
        int citations = 0;
        for (JsonNode chunk : chunks) {
            assertEquals("chat.completion.chunk", chunk.path("object").asText());
            text.append(chunk.at("/choices/0/delta/content").asText(""));
            citations += chunk.path("citations").size();
        }
        assertEquals(NodeExtension.SCRIPT, text.toString());
        assertEquals(1, citations);
        assertEquals("quartz", chunks.at("/0/hits/hits/0/_id").asText());
        assertTrue(chunks.get(chunks.size() - 1).at("/usage/total_tokens").asInt() > 0);
        assertTrue(chunks.size() > 5, "word by word");
    }

    @Test
    void theClientsOwnGatheringOfAStream() throws IOException {
        JsonNode chat = client("helper").at("/result");
        assertEquals(NodeExtension.SCRIPT, chat.at("/choices/0/message/content").asText());
    }

    @Test
    void aTextCompletion() throws IOException {
        JsonNode text = client("text").at("/result");
        assertEquals("text_completion", text.path("object").asText());
        assertEquals(NodeExtension.SCRIPT, text.at("/choices/0/text").asText());
        StringBuilder streamed = new StringBuilder();
        client("textStream")
                .at("/result")
                .forEach(chunk -> streamed.append(chunk.at("/choices/0/text").asText()));
        assertEquals(NodeExtension.SCRIPT, streamed.toString());
    }

    @Test
    void models() throws IOException {
        JsonNode models = client("models").at("/result");
        assertEquals(2, models.size());
        assertEquals("endless", models.at("/0/id").asText());
        assertEquals("model", models.at("/0/object").asText());
        assertEquals("endless", client("model").at("/result/id").asText());
        assertEquals("NotFoundError", client("noModel").at("/thrown/name").asText());
    }

    @Test
    void errorsAreOpenAis() throws IOException {
        JsonNode unknown = client("unknownModel").at("/thrown");
        assertEquals("NotFoundError", unknown.path("name").asText());
        assertEquals("invalid_request_error", unknown.path("type").asText());
        assertTrue(unknown.path("message").asText().contains("nobody"), unknown::toString);
        JsonNode bad = client("badField").at("/thrown");
        assertEquals("BadRequestError", bad.path("name").asText());
        assertTrue(bad.path("message").asText().contains("temperature"), bad::toString);
        JsonNode streamed = client("streamedError").at("/thrown");
        assertEquals("APIError", streamed.path("name").asText());
        assertTrue(streamed.path("message").asText().contains("nobody"), streamed::toString);
    }

    @Test
    void leavingAStreamFreesItsPages() throws IOException {
        JsonNode chunks = client("leave").at("/result");
        assertEquals(4, chunks.size());
        assertFalse(chunks.at("/3/choices/0/delta/content").asText().isEmpty());
        Node.await(
                "the pages to be free",
                Asking.SOON,
                () -> Asking.stats(node, "endless").at("/pages/used").asInt() == 0);
    }

    /** The same shape without a client, for those who have none. */
    @Test
    void anErrorsBody() {
        Reply reply = node.post("/_plugins/_generate/v1/chat/completions", "{\"messages\": []}")
                .expect(400);
        assertEquals(
                List.of("error"),
                List.copyOf(reply.body().properties().stream()
                        .map(java.util.Map.Entry::getKey)
                        .toList()));
        assertEquals("invalid_request_error", reply.at("/error/type").asText());
        assertTrue(reply.at("/error").has("code") && reply.at("/error").has("param"));
    }
}
