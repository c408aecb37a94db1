// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientTest {
    private static final Prompt PROMPT = new Prompt("be brief", "how high is it");
    private final LocalServer server = start();

    private static LocalServer start() {
        try {
            return new LocalServer();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Exchange ask(String path, int newTokens) {
        URI url = URI.create(server.url(path));
        Api api = Api.of(url);
        Target target = new Target(url, api, api.streamsByDefault(), Optional.of("small"), false, Optional.empty());
        try (Client client = new Client(target)) {
            return client.answer(1, PROMPT, newTokens);
        }
    }

    @Test
    void aStreamedChat() {
        Exchange exchange = ask("/v1/chat/completions", 5);
        Reply reply = exchange.reply();
        assertEquals(Optional.empty(), exchange.error());
        assertEquals("w0 w1 w2 w3 w4 ", reply.text());
        assertEquals(5, reply.tokenTimes().size());
        assertTrue(reply.tokenTimes().getFirst() >= exchange.sent());
        assertTrue(exchange.ended() >= reply.tokenTimes().getLast());
        assertEquals("length", reply.finish());
        assertEquals("small", reply.model());
        assertEquals(List.of(6, 5, 3), List.of(reply.promptTokens(), reply.newTokens(), reply.cachedTokens()));
        JsonNode body = server.bodies.remove();
        assertEquals("system", body.path("messages").path(0).path("role").asText());
        assertEquals(
                PROMPT.user(), body.path("messages").path(1).path("content").asText());
        assertTrue(body.path("stream_options").path("include_usage").asBoolean());
        assertFalse(body.has("ignore_eos"));
    }

    @Test
    void aCompletionThatComesWholeThoughAStreamWasAskedFor() {
        Exchange exchange = ask("/v1/completions", 5);
        assertEquals("w0 w1", exchange.reply().text());
        assertEquals(2, exchange.reply().newTokens());
        assertEquals(List.of(), exchange.reply().tokenTimes());
        assertEquals(
                "be brief\n\nhow high is it",
                server.bodies.remove().path("prompt").asText());
    }

    @Test
    void aGenerateReplyTellsItsTimes() {
        Exchange exchange = ask("/_generate", 7);
        Reply reply = exchange.reply();
        assertEquals("w0 w1", reply.text());
        assertEquals(6.0, reply.toldFirstTokenMillis().orElseThrow());
        assertEquals(50.0, reply.toldTokensPerSecond().orElseThrow());
        assertEquals(7, server.bodies.remove().path("max_completion_tokens").asInt());
    }

    @Test
    void whatGoesWrongIsTold() {
        assertEquals(
                Optional.of("status 404: {\"error\":\"nothing here\"}"),
                ask("/other/completions", 1).error());
        assertEquals(Optional.of("out of pages"), ask("/wrong/completions", 1).error());
        assertEquals(
                Optional.of("the stream ended before its answer"),
                ask("/broken/completions", 1).error());
        server.close();
        assertTrue(ask("/v1/completions", 1).error().isPresent());
    }

    @Test
    void aUrlOfAnUnknownKindIsRefused() {
        IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class, () -> Api.of(URI.create("http://127.0.0.1:1/v1/embeddings")));
        assertTrue(String.valueOf(error.getMessage()).contains("/v1/embeddings"), error::getMessage);
    }
}
