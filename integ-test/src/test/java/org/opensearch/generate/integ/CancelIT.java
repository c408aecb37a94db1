// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A request that nobody wants any more gives its place and its pages back. */
@ExtendWith(NodeExtension.class)
class CancelIT {
    private static final String LONG =
            "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 8000}";

    private final Node node;

    CancelIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "endless");
    }

    @BeforeEach
    void idle() {
        Node.await("an idle engine", Asking.SOON, () -> running() == 0);
    }

    @Test
    void aCancelledTaskFreesItsPages() throws Exception {
        CompletableFuture<HttpResponse<String>> answer = node.postAsync("/_generate", LONG);
        Node.await("the answer to be running", Asking.SOON, () -> running() == 1 && used() > 0);
        JsonNode tasks = node.get("/_tasks?actions=indices:data/read/generate*&detailed")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/tasks");
        String task = tasks.fieldNames().next();
        node.post("/_tasks/" + task + "/_cancel", "").expect(200);
        Node.await("the pages to be free", Asking.SOON, () -> running() == 0 && used() == 0);
        Reply reply = Node.reply(answer.get(Asking.SOON.toSeconds(), TimeUnit.SECONDS));
        assertTrue(reply.status() >= 400, reply.body()::toPrettyString);
        assertTrue(reply.reason().contains("cancel"), reply.reason());
    }

    @Test
    void aDroppedConnectionFreesItsPages() {
        CompletableFuture<HttpResponse<String>> answer = node.postAsync("/_generate", LONG);
        Node.await("the answer to be running", Asking.SOON, () -> running() == 1 && used() > 0);
        answer.cancel(true);
        Node.await("the pages to be free", Asking.SOON, () -> running() == 0 && used() == 0);
        Node.await("the task to be gone", Asking.SOON, () -> node.get("/_tasks?actions=indices:data/read/generate*")
                .at("/nodes")
                .isEmpty());
    }

    @Test
    void unloadingEndsAnswers() throws Exception {
        CompletableFuture<HttpResponse<String>> answer = node.postAsync("/_generate", LONG);
        Node.await("the answer to be running", Asking.SOON, () -> running() == 1);
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Node.reply(answer.get(Asking.SOON.toSeconds(), TimeUnit.SECONDS)).expect(503);
        Asking.load(node, "endless");
    }

    private int running() {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }

    private int used() {
        return Asking.stats(node, "endless").at("/pages/used").asInt();
    }
}
