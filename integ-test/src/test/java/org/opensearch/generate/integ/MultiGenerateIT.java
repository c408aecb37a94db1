// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many questions in one request. */
@ExtendWith(NodeExtension.class)
class MultiGenerateIT {
    private static final String INDEX = "minerals-many";
    private final Node node;

    MultiGenerateIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @Test
    void answersAndFailuresComeInOrder() {
        Reply reply = node.post("/" + INDEX + "/_mgenerate", """
                {}
                {"question": "What is the hardest mineral of the hill?", "context": {"fields": ["title", "text"]}}
                {"index": "nowhere"}
                {"question": "What is it?"}
                {}
                {"question": "x", "model": "nobody"}
                {"index": "minerals-many"}
                {"question": "Which?", "query": {"ids": {"values": ["chalk"]}}, "context": {"fields": ["text"]}}
                """).expect(200);
        assertEquals(4, reply.at("/responses").size());
        assertEquals(200, reply.at("/responses/0/status").asInt());
        assertEquals(NodeExtension.SCRIPT, text(reply, 0));
        assertEquals("quartz", reply.at("/responses/0/hits/hits/0/_id").asText());
        assertEquals(404, reply.at("/responses/1/status").asInt());
        assertEquals(
                "index_not_found_exception", reply.at("/responses/1/error/type").asText());
        assertEquals(404, reply.at("/responses/2/status").asInt());
        assertEquals("Quartz.", text(reply, 3));
        assertTrue(reply.at("/took").isNumber());
    }

    @Test
    void moreQuestionsThanAtATimeAreAnswered() {
        Reply reply = node.post("/_mgenerate", "{}\n{\"question\": \"Hello\"}\n".repeat(100))
                .expect(200);
        assertEquals(100, reply.at("/responses").size());
        int answered = 0;
        for (int i = 0; i < 100; i++) {
            int status = reply.at("/responses/" + i + "/status").asInt();
            assertTrue(status == 200 || status == 429, "status " + status);
            answered += status == 200 ? 1 : 0;
        }
        assertTrue(answered > NodeExtension.QUEUE, answered + " were answered");
    }

    @Test
    void badLinesAreNamed() {
        assertTrue(node.post("/_mgenerate", "{}\n{\"question\": \"x\", \"tempo\": 1}\n")
                .expect(400)
                .body()
                .toString()
                .contains("tempo"));
        assertTrue(node.post("/_mgenerate", "{}\n{\"question\": \"x\", \"stream\": true}\n")
                .expect(400)
                .reason()
                .contains("stream"));
        node.post("/_mgenerate", "\n").expect(400);
    }

    @Test
    void aClientThatLeavesStopsAll() {
        String line = "{}\n{\"question\": \"Speak.\", \"model\": \"endless\", \"max_completion_tokens\": 8000}\n";
        CompletableFuture<HttpResponse<String>> answers = node.postAsync("/_mgenerate", line.repeat(3));
        Node.await("the answers to be running", Asking.SOON, () -> running() == 3);
        answers.cancel(true);
        Node.await("the answers to be gone", Asking.SOON, () -> running() == 0);
    }

    private int running() {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }

    private static String text(Reply reply, int at) {
        return reply.at("/responses/" + at + "/generation/choices/0/message/content")
                .asText();
    }
}
