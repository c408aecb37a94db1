// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nodes, tasks and clients that go away while another node writes the answer. */
@ExtendWith(ClusterNodes.class)
class FailoverIT {
    private static final String BODY =
            "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": %d,"
                    + " \"temperature\": 1, \"seed\": 5, \"logprobs\": true, \"timeout\": \"5m\", \"stream\": %s}";
    /** Tokens that take long enough to end what writes them meanwhile. */
    private static final int MANY = 8000;
    /** Time for an answer of that many. */
    private static final int LONG_SECONDS = 120;

    private final Cluster cluster;
    private final Node asked;
    private final List<Integer> killed = new ArrayList<>();

    FailoverIT(Cluster cluster) {
        this.cluster = cluster;
        this.asked = cluster.node(ClusterNodes.WITH_MODELS);
    }

    @AfterEach
    void reviveKilled() {
        ClusterNodes.revive(cluster, killed);
    }

    @Test
    void anAnswerWhoseNodeIsKilledIsTheUndisturbedAnswer() throws Exception {
        Reply undisturbed =
                asked.post("/_generate", BODY.formatted(MANY, false)).expect(200);
        CompletableFuture<HttpResponse<String>> answer = asked.postAsync("/_generate", BODY.formatted(MANY, false));
        kill(awaitWriter());
        Reply reply = Node.reply(answer.get(LONG_SECONDS, TimeUnit.SECONDS)).expect(200);
        assertEquals(undisturbed.at("/generation/choices"), reply.at("/generation/choices"));
    }

    @Test
    void aStreamWhoseNodeIsKilledGoesOnWithoutAGapOrARepetition() {
        List<JsonNode> undisturbed = Events.whole(asked.postLines("/_generate", BODY.formatted(MANY, true)));
        HttpResponse<Stream<String>> response = asked.postLines("/_generate", BODY.formatted(MANY, true));
        List<JsonNode> events = new ArrayList<>();
        try (Stream<String> lines = response.body()) {
            Iterator<String> some = lines.filter(line -> !line.isEmpty()).iterator();
            while (Events.text(events).length() < 100) {
                events.add(Events.event(some.next()));
            }
            kill(awaitWriter());
            for (String line = some.next(); !line.endsWith("[DONE]"); line = some.next()) {
                events.add(Events.event(line));
            }
        }
        assertEquals(Events.text(undisturbed), Events.text(events));
        assertEquals(logprobs(undisturbed), logprobs(events));
        assertEquals(MANY, events.getLast().at("/usage/completion_tokens").asInt());
        String id = events.getFirst().path("id").asText();
        events.forEach(event -> assertEquals(id, event.path("id").asText()));
    }

    /** OpenSearch takes a node out of the cluster that hangs, but not for as long as the test sets. */
    @Test
    void anAnswerWhoseNodeHangsIsWrittenByAnother() throws Exception {
        detectHungNodesAfter("\"60s\"");
        CompletableFuture<HttpResponse<String>> answer = asked.postAsync("/_generate", BODY.formatted(MANY, false));
        int writer = awaitWriter();
        cluster.node(writer).suspend();
        Reply reply;
        try {
            reply = Node.reply(answer.get(LONG_SECONDS, TimeUnit.SECONDS)).expect(200);
        } finally {
            cluster.node(writer).resume();
        }
        Reply undisturbed =
                asked.post("/_generate", BODY.formatted(MANY, false)).expect(200);
        assertEquals(undisturbed.at("/generation/choices"), reply.at("/generation/choices"));
        detectHungNodesAfter("null");
        cluster.awaitAll();
    }

    @Test
    void whenAllNodesOfTheModelAreKilledTheErrorSaysWhatWasTried() throws Exception {
        String kept = cluster.node(0)
                .post("/_generate", "{\"question\": \"x\", \"async\": true}")
                .expect(200)
                .at("/id")
                .asText();
        CompletableFuture<HttpResponse<String>> answer = asked.postAsync("/_generate", BODY.formatted(MANY, false));
        kill(awaitWriter());
        kill(awaitWriter());
        Reply reply = Node.reply(answer.get(LONG_SECONDS, TimeUnit.SECONDS)).expect(503);
        String reason = reply.reason();
        assertTrue(reason.contains("model [endless]"), reason);
        assertTrue(reason.contains("was lost during the answer"), reason);
        assertTrue(reason.contains("[n0, n1]") || reason.contains("[n1, n0]"), reason);
        assertEquals("1", reply.headers().firstValue("Retry-After").orElse(""));
        asked.get("/_generate/" + kept).expect(404);
    }

    @Test
    void aCancelledTaskEndsTheAnswerOnTheOtherNode() throws Exception {
        CompletableFuture<HttpResponse<String>> answer = asked.postAsync("/_generate", BODY.formatted(MANY, false));
        awaitWriter();
        JsonNode tasks = asked.get("/_tasks?nodes=_local&actions=indices:data/read/generate")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/tasks");
        asked.post("/_tasks/" + tasks.fieldNames().next() + "/_cancel", "").expect(200);
        awaitNothing();
        Reply reply = Node.reply(answer.get(LONG_SECONDS, TimeUnit.SECONDS));
        assertTrue(reply.status() >= 400, reply.body()::toPrettyString);
        assertTrue(reply.reason().contains("cancel"), reply.reason());
    }

    @Test
    void aClientThatVanishesEndsTheAnswerOnTheOtherNode() {
        CompletableFuture<HttpResponse<String>> answer = asked.postAsync("/_generate", BODY.formatted(MANY, false));
        awaitWriter();
        answer.cancel(true);
        awaitNothing();
        HttpResponse<Stream<String>> response = asked.postLines("/_generate", BODY.formatted(MANY, true));
        awaitWriter();
        try (Stream<String> lines = response.body()) {
            assertTrue(lines.iterator().hasNext());
        }
        awaitNothing();
    }

    @Test
    void aRemovedKeptAnswerEndsOnTheOtherNode() {
        String id = asked.post(
                        "/_generate", BODY.formatted(MANY, false).replace("\"stream\"", "\"async\": true, \"stream\""))
                .expect(200)
                .at("/id")
                .asText();
        int writer = awaitWriter();
        cluster.node(writer).delete("/_generate/" + id).expect(200);
        awaitNothing();
    }

    @Test
    void anAskingNodeThatIsKilledEndsTheAnswerOnTheOtherNode() {
        HttpResponse<Stream<String>> response = asked.postLines("/_generate", BODY.formatted(MANY, true));
        int writer = awaitWriter();
        kill(ClusterNodes.WITH_MODELS);
        Node.await("the answer to end", Asking.SOON, () -> !writes(writer));
        response.body().close();
    }

    private void detectHungNodesAfter(String timeout) {
        asked.put(
                        "/_cluster/settings",
                        "{\"persistent\": {\"cluster.fault_detection.follower_check.timeout\": " + timeout
                                + ", \"cluster.fault_detection.leader_check.timeout\": " + timeout + "}}")
                .expect(200);
    }

    /** The number of the node that writes an answer. */
    private int awaitWriter() {
        Node.await("a node to write the answer", Asking.SOON, () -> writer() >= 0);
        return writer();
    }

    private int writer() {
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            if (!killed.contains(number) && writes(number)) {
                return number;
            }
        }
        return -1;
    }

    private boolean writes(int number) {
        return Asking.stats(cluster.node(number), "endless").at("/pages/used").asInt() > 0;
    }

    private void awaitNothing() {
        Node.await(
                "nothing to be written, and no task",
                Asking.SOON,
                () -> writer() < 0
                        && asked.get("/_tasks?actions=indices:data/read/generate*")
                                .at("/nodes")
                                .isEmpty());
    }

    private void kill(int number) {
        killed.add(number);
        cluster.node(number).kill();
    }

    private static List<JsonNode> logprobs(List<JsonNode> events) {
        List<JsonNode> all = new ArrayList<>();
        events.forEach(event -> event.at("/choices/0/logprobs/content").forEach(all::add));
        return all;
    }
}
