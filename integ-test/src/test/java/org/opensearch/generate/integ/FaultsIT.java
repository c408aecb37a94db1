// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What can go wrong in a cluster, one thing after the other: models on two of three nodes, shards on all, documents being written
 * all the time. Whatever is answered has the same tokens as ever, and nothing is left behind.
 */
@ExtendWith(ClusterNodes.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("NullAway.Init")
class FaultsIT {
    private static final int NODES = 3;
    /** A node that has models, and the one that has none. */
    private static final int MODELS = 1;

    private static final int EDGE = 2;
    /** So many that both nodes with models write some of them. */
    private static final int LONG_ANSWERS = 6;

    /** Time in which what is asked for must happen, however busy the machine is. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final String LONG =
            "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 30000,"
                    + " \"timeout\": \"5m\"%s}";
    private static final String SEEDED =
            "{\"model\": \"endless\", \"question\": \"Speak of %1$d.\", \"max_completion_tokens\": 2000,"
                    + " \"temperature\": 1, \"seed\": %1$d, \"logprobs\": true, \"timeout\": \"5m\"}";

    private static Known known;
    private static Writer writer;

    private final Cluster cluster;

    FaultsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void begin(Cluster cluster) {
        cluster.node(EDGE)
                .put("/_cluster/settings", "{\"persistent\": {\"search.default_allow_partial_results\": false}}")
                .expect(200);
        known = new Known(cluster.node(EDGE));
        writer = new Writer(cluster, List.of(0, MODELS, EDGE));
    }

    @AfterAll
    static void end() {
        writer.close();
    }

    @AfterEach
    void nothingIsLeft() {
        writer.awaitDocuments(1);
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            Node node = cluster.node(number);
            Node.await("the answers to be over", LIMIT, () -> running(node) == 0 && used(node) == 0);
        }
    }

    @Test
    @Order(1)
    void severalClientsGetTheSameAnswersByEveryWayThroughEveryNode() {
        try (Crowd crowd = new Crowd(cluster, known, List.of(0, MODELS, EDGE))) {
            crowd.awaitAnswers(24);
        }
    }

    @Test
    @Order(2)
    void vanishedClientsLeaveNothing() throws IOException {
        long cancelled = cancelled();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(cluster.node(i % NODES).postAsync("/_generate", LONG.formatted("")));
        }
        List<RawClient> clients = new ArrayList<>();
        for (int number = 0; number < NODES; number++) {
            clients.add(RawClient.asking(cluster.node(number), LONG.formatted(", \"stream\": true")));
            clients.add(RawClient.halfwayThroughItsRequest(cluster.node(number)));
        }
        awaitRunning(9);
        answers.forEach(answer -> answer.cancel(true));
        for (RawClient client : clients) {
            client.reset();
        }
        awaitCancelled(cancelled + 9);
    }

    @Test
    @Order(3)
    void slowClientsAreGivenUp() throws IOException {
        long cancelled = cancelled();
        String body = LONG.formatted(", \"stream\": true, \"logprobs\": true, \"top_logprobs\": 3");
        try (RawClient here = RawClient.asking(cluster.node(MODELS), body);
                RawClient elsewhere = RawClient.asking(cluster.node(EDGE), body)) {
            awaitRunning(2);
            known.ask(cluster.node(EDGE), Known.Way.STREAM, 1);
            awaitCancelled(cancelled + 2);
            assertTrue(here.rest() < 1 << 20 && elsewhere.rest() < 1 << 20, "little was kept for them");
        }
    }

    @Test
    @Order(4)
    void cancelledTasksEnd() throws Exception {
        long cancelled = cancelled();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(cluster.node(EDGE).postAsync("/_generate", LONG.formatted("")));
        }
        awaitRunning(4);
        cluster.node(0)
                .post("/_tasks/_cancel?actions=indices:data/read/generate&wait_for_completion=true", "")
                .expect(200);
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            Reply reply = reply(answer);
            assertTrue(reply.status() >= 400 && reply.reason().contains("cancel"), reply.body()::toPrettyString);
        }
        awaitCancelled(cancelled + 4);
    }

    @Test
    @Order(5)
    void aFullQueueSaysWhenToComeBack() throws Exception {
        set("\"plugins.generate.max_sequences\": 1, \"plugins.generate.max_queue\": 1");
        reload();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int places = 1; places <= 4; places++) {
            answers.add(cluster.node(places % 2).postAsync("/_generate?prefer_local=true", LONG.formatted("")));
            int taken = places;
            Node.await("a place to be taken", LIMIT, () -> waiting() == taken);
        }
        for (int number = 0; number < NODES; number++) {
            Reply refused = cluster.node(number)
                    .post("/_generate", "{\"model\": \"endless\", \"question\": \"And I?\"}")
                    .expect(429);
            assertTrue(
                    Integer.parseInt(refused.headers().firstValue("Retry-After").orElse("0")) > 0,
                    refused.body()::toPrettyString);
        }
        answers.forEach(answer -> answer.cancel(true));
        awaitRunning(0);
        set("\"plugins.generate.max_sequences\": null, \"plugins.generate.max_queue\": null");
        reload();
        known.ask(cluster.node(EDGE), Known.Way.MANY, 2);
    }

    @Test
    @Order(6)
    void aTrippedBreakerRefusesToLoadAndOthersAnswer() {
        Node node = cluster.node(MODELS);
        long tripped = Asking.breaker(node).path("tripped").asLong();
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        set("\"plugins.generate.breaker.limit\": \"1kb\"");
        try {
            node.post("/_plugins/_generate/models/endless/_load", "");
            Node.await(
                    "the breaker to trip",
                    LIMIT,
                    () -> Asking.breaker(node).path("tripped").asLong() > tripped);
            for (Known.Way way : Known.Way.values()) {
                Node.await("an answer " + way, LIMIT, () -> answered(node, way));
            }
        } finally {
            set("\"plugins.generate.breaker.limit\": null");
        }
        Asking.load(node, "endless");
    }

    /** Whether a question is answered as ever; until the node has heard from the others it may be told to ask again. */
    private static boolean answered(Node node, Known.Way way) {
        try {
            known.ask(node, way, 3);
            return true;
        } catch (Known.Refused e) {
            if (e.isRetryable()) {
                return false;
            }
            throw e;
        }
    }

    @Test
    @Order(7)
    void aHostileCorpusIsTextLikeAnyOther() {
        HostileCorpus.ask(cluster.node(EDGE));
    }

    @Test
    @Order(8)
    void aNodeIsKilledWhileItAnswers() throws Exception {
        try (Crowd crowd = new Crowd(cluster, known, List.of(0, EDGE))) {
            crowd.awaitAnswers(8);
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int seed = 0; seed < LONG_ANSWERS; seed++) {
                answers.add(cluster.node(EDGE).postAsync("/_generate", SEEDED.formatted(seed)));
            }
            Node.await(
                    "long answers on both nodes",
                    LIMIT,
                    () -> running(cluster.node(0)) > 1 && running(cluster.node(MODELS)) > 1);
            cluster.node(MODELS).kill();
            for (int seed = 0; seed < LONG_ANSWERS; seed++) {
                JsonNode disturbed = reply(answers.get(seed)).expect(200).at("/generation/choices");
                Reply alone = cluster.node(0)
                        .post("/_generate", SEEDED.formatted(seed))
                        .expect(200);
                assertEquals(alone.at("/generation/choices"), disturbed);
            }
            crowd.awaitAnswers(8);
            ClusterNodes.revive(cluster, List.of(MODELS));
            crowd.through(List.of(0, MODELS, EDGE));
            crowd.awaitAnswers(24);
        }
    }

    /** As an operator does it: clients are led away from the node first. Those that stay with it may have to ask again. */
    @Test
    @Order(9)
    void everyNodeIsRestartedInTurn() {
        try (Crowd crowd = new Crowd(cluster, known, List.of(0, MODELS, EDGE))) {
            for (int number = 0; number < NODES; number++) {
                crowd.stay(number);
            }
            for (int number = 0; number < NODES; number++) {
                int restarted = number;
                crowd.through(IntStream.range(0, NODES)
                        .filter(node -> node != restarted)
                        .boxed()
                        .toList());
                awaitGreen(cluster.node((number + 1) % NODES));
                ClusterNodes.revive(cluster, List.of(number));
                crowd.awaitAnswers(8);
            }
            assertTrue(
                    crowd.askedAgain() >= NODES,
                    "clients that stayed had to ask again " + crowd.askedAgain() + " times");
        }
    }

    @Test
    @Order(10)
    void nothingIsLeftOver() {
        writer.close();
        awaitGreen(cluster.node(EDGE));
        writer.check(cluster.node(EDGE));
        Leftovers.awaitNone(cluster, NODES);
        for (int number = 0; number < NODES; number++) {
            assertEquals(List.of(), NodeLog.errors(cluster.node(number)).toList(), Cluster.name(number));
        }
    }

    private void awaitGreen(Node node) {
        Node.await(
                "all copies of all shards",
                LIMIT,
                () -> node.get("/_cluster/health").at("/status").asText().equals("green"));
    }

    private void set(String settings) {
        cluster.node(EDGE)
                .put("/_cluster/settings", "{\"persistent\": {" + settings + "}}")
                .expect(200);
    }

    private void reload() {
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            cluster.node(number)
                    .post("/_plugins/_generate/models/endless/_unload", "")
                    .expect(200);
            Asking.load(cluster.node(number), "endless");
        }
    }

    /** Waits until so many long answers are being written, on all nodes together. */
    private void awaitRunning(int count) {
        Node.await(
                count + " answers under way",
                LIMIT,
                () -> running(cluster.node(0)) + running(cluster.node(MODELS)) == count);
    }

    /** Waits until none is being written any more, and so many were cancelled since the models were loaded. */
    private void awaitCancelled(long count) {
        awaitRunning(0);
        Node.await(count + " cancelled answers", Asking.SOON, () -> cancelled() == count);
    }

    private long cancelled() {
        long cancelled = 0;
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            cancelled += Asking.stats(cluster.node(number), "endless")
                    .at("/requests/finished/cancelled")
                    .asLong();
        }
        return cancelled;
    }

    private int waiting() {
        int waiting = 0;
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            JsonNode requests = Asking.stats(cluster.node(number), "endless").path("requests");
            waiting +=
                    requests.path("running").asInt() + requests.path("queued").asInt();
        }
        return waiting;
    }

    private static int running(Node node) {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }

    private static int used(Node node) {
        return Asking.stats(node, "endless").at("/pages/used").asInt();
    }

    private static Reply reply(CompletableFuture<HttpResponse<String>> answer)
            throws ExecutionException, InterruptedException, TimeoutException {
        return Node.reply(answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }
}
