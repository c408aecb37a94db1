// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong has a status and a reason that names what was wanted and what was found. */
@ExtendWith(NodeExtension.class)
class ErrorsIT {
    private final Node node;

    ErrorsIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"question\": \"x\", \"max_tokns\": 5} ~ max_tokns",
                "{\"question\": \"x\", \"context\": {\"field\": [\"a\"]}} ~ field",
                "{\"question\": \"x\", \"temperature\": 3} ~ temperature",
                "{\"question\": \"x\", \"temperature\": \"hot\"} ~ temperature",
                "{\"question\": \"x\", \"max_completion_tokens\": 0} ~ max_completion_tokens",
                "{\"question\": \"x\", \"max_completion_tokens\": {}} ~ max_completion_tokens",
                "{\"question\": \"x\", \"size\": -1} ~ size",
                "{\"question\": \"x\", \"top_p\": 1.5} ~ top_p",
                "{\"question\": \"x\", \"top_logprobs\": 2} ~ logprobs",
                "{\"question\": \"x\", \"stop\": [\"\"]} ~ stop",
                "{\"question\": \"x\", \"timeout\": \"soon\"} ~ timeout",
                "{\"question\": \"x\", \"messages\": [{\"role\": \"user\", \"content\": \"y\"}]} ~ messages",
                "{\"messages\": [{\"role\": \"user\"}]} ~ content",
                "{\"question\": \"x\", \"query\": {\"no_such_query\": {}}} ~ no_such_query",
                "{} ~ messages",
            })
    void aBadRequestIsRefusedAndNamed(String body, String named) {
        Reply reply = node.post("/_generate", body).expect(400);
        assertTrue(reply.body().toString().contains(named), reply.body()::toPrettyString);
        assertFalse(reply.reason().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {"{\"question\": ", "[]", "{\"question\": \"x\"} {}", "''"})
    void aMalformedBodyIsRefused(String body) {
        node.post("/_generate", body).expect(400);
    }

    @Test
    void anUnknownModelIsNotFound() {
        Reply reply = node.post("/_generate", "{\"question\": \"x\", \"model\": \"nobody\"}")
                .expect(404);
        assertTrue(reply.reason().contains("nobody"), reply.reason());
        node.post("/_plugins/_generate/models/nobody/_load", "").expect(404);
        node.post("/_plugins/_generate/models/nobody/_unload", "").expect(404);
    }

    @Test
    void aModelCannotBeAPath() {
        node.post("/_generate", "{\"question\": \"x\", \"model\": \"../../opensearch.yml\"}")
                .expect(400);
        node.post("/_plugins/_generate/models/..%2F..%2Fjvm.options/_load", "").expect(400);
    }

    @Test
    void anUnknownIndexIsNotFound() {
        Reply reply = node.post("/nowhere/_generate", "{\"question\": \"x\"}").expect(404);
        assertEquals("index_not_found_exception", reply.at("/error/type").asText());
    }

    @Test
    void aQuestionThatCannotFitIsTooLarge() {
        String question = "word ".repeat(TinyModel.CONTEXT);
        Reply reply =
                node.post("/_generate", "{\"question\": \"" + question + "\"}").expect(413);
        assertTrue(reply.reason().length() < 500, "the question is not repeated");
        assertFalse(reply.reason().contains("word word"), reply.reason());
    }

    @Test
    void anAnswerAsLongAsTheContextIsRefused() {
        Reply reply = node.post(
                        "/_generate", "{\"question\": \"Who?\", \"max_completion_tokens\": " + TinyModel.CONTEXT + "}")
                .expect(400);
        assertTrue(
                reply.reason()
                        .matches("\\[max_completion_tokens] must be below the context of \\[scripted], [0-9]+ tokens, "
                                + "found 32768"),
                reply.reason());
    }

    @Test
    void aFullQueueSaysWhenToComeBack() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        int requests = NodeExtension.QUEUE + NodeExtension.SEQUENCES + 12;
        for (int i = 0; i < requests; i++) {
            all.add(node.postAsync(
                    "/_generate",
                    "{\"model\": \"endless\", \"question\": \"" + i + "\", \"max_completion_tokens\": 500}"));
        }
        int refused = 0;
        int answered = 0;
        for (CompletableFuture<HttpResponse<String>> one : all) {
            HttpResponse<String> response = one.get();
            if (response.statusCode() == 429) {
                refused++;
                assertTrue(Integer.parseInt(
                                response.headers().firstValue("Retry-After").orElseThrow())
                        > 0);
                assertFalse(Node.reply(response).reason().isEmpty());
            } else {
                Node.reply(response).expect(200);
                answered++;
            }
        }
        assertTrue(refused > 0, "none of " + requests + " was refused");
        assertTrue(answered >= NodeExtension.QUEUE, answered + " were answered");
    }

    @Test
    void aModelThatIsNotLoadedYetSaysWhenToComeBack() {
        node.post("/_plugins/_generate/models/scripted/_unload", "").expect(200);
        Reply reply = node.post("/_generate", "{\"question\": \"x\", \"model\": \"scripted\"}")
                .expect(503);
        assertTrue(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()) > 0);
        Asking.load(node, "scripted");
        node.post("/_generate", "{\"question\": \"x\", \"model\": \"scripted\"}")
                .expect(200);
    }

    @Test
    void aNodeThatCannotStreamSaysWhatToInstallOrToAskInstead() {
        for (String path : List.of("/_generate", "/_generate/stream")) {
            String reason = node.post(path, "{\"question\": \"x\", \"stream\": true}")
                    .expect(400)
                    .reason();
            assertTrue(reason.contains("transport-reactor-netty4"), reason);
            assertTrue(reason.contains("http.type: reactor-netty4"), reason);
            assertTrue(reason.contains("async"), reason);
        }
    }

    @Test
    void aTimeoutHolds() {
        long start = System.nanoTime();
        Reply reply = node.post(
                "/_generate",
                "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 8000, \"timeout\": \"300ms\"}");
        double seconds = (System.nanoTime() - start) / 1e9;
        assertTrue(seconds < 3, "took " + seconds + " s");
        reply.expect(200);
        assertEquals("timeout", reply.at("/generation/choices/0/finish_reason").asText());
        assertTrue(reply.at("/timed_out").asBoolean());
    }
}
