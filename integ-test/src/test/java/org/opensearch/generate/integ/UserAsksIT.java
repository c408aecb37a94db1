// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What users of models beside a cluster ask for most, one test each; other classes test each of it more closely. Chunks by the model's
 * tokenizer and the matched chunk as context are shown by {@link ChunksIT}, ingest throughput without lost documents and prompt
 * templates by {@link IngestIT}, models back after a restart by {@link LifecycleIT} and {@link DeployIT}.
 */
@ExtendWith(NodeExtension.class)
class UserAsksIT {
    private static final String INDEX = "asks";
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);

    private final Node node;

    UserAsksIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @Test
    void aModelInsideTheClusterOffline() {
        JsonNode model = Asking.model(node, "scripted");
        assertEquals("loaded", model.path("state").asText());
        assertTrue(model.path("weight_bytes").asLong() > 0, "its weights are in this node");
        assertEquals(
                NodeExtension.SCRIPT,
                ask("{\"question\": \"What is the hardest mineral of the hill?\"}")
                        .answer());
    }

    @Test
    void streamingWithoutAnExperimentalStack() {
        String id = node.post(
                        "/_generate",
                        "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 3000, \"async\": true}")
                .expect(200)
                .at("/id")
                .asText();
        int parts = 0;
        int next = 0;
        Reply reply;
        do {
            reply = node.get("/_generate/" + id + "?wait=10s&after=" + next).expect(200);
            parts += reply.at("/next").asInt() > next ? 1 : 0;
            next = reply.at("/next").asInt();
        } while (reply.at("/state").asText().equals("running"));
        assertEquals("done", reply.at("/state").asText());
        assertTrue(parts > 1, "the text came in " + parts + " parts");
    }

    @Test
    void breakersThatDoNotTripFalsely() {
        List<Long> before = tripped();
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Asking.load(node, "endless");
        ask("{\"model\": \"endless\", \"question\": \"%s\", \"max_completion_tokens\": 100}"
                .formatted("x".repeat(4000)));
        assertEquals(before, tripped());
    }

    /** Of all breakers of the node. */
    private List<Long> tripped() {
        List<Long> tripped = new ArrayList<>();
        for (JsonNode breaker : node.get("/_nodes/stats/breaker")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/breakers")) {
            tripped.add(breaker.path("tripped").asLong());
        }
        return tripped;
    }

    @Test
    void toleranceOfMissingAndNestedFields() {
        Reply reply = ask("{\"query\": {\"match_all\": {}}, \"question\": \"Which?\", "
                + "\"context\": {\"fields\": [\"title\", \"other.text\", \"nowhere\"]}}");
        assertEquals(4, reply.at("/generation/context/used").asInt(), reply.body()::toPrettyString);
        assertEquals(0, reply.at("/generation/context/skipped").asInt());
    }

    @Test
    void guaranteedJson() throws JsonProcessingException {
        String stone = ask("""
                {"model": "endless", "question": "Is it hard?", "max_completion_tokens": 200, "response_format":
                  {"type": "json_schema", "json_schema": {"name": "stone", "strict": true, "schema": {"type": "object",
                    "required": ["hard"], "additionalProperties": false, "properties": {"hard": {"type": "boolean"}}}}}}""").answer();
        assertTrue(new ObjectMapper().readTree(stone).path("hard").isBoolean(), stone);
    }

    @Test
    void tokensPerSecondAndTimeToFirstTokenAsMetrics() {
        Reply reply = node.post(
                        "/_generate", "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 20}")
                .expect(200);
        assertTrue(reply.at("/generation/timings/ttft_ms").asDouble() > 0);
        assertTrue(reply.at("/generation/timings/decode_tokens_per_second").asDouble() > 0);
        JsonNode stats = Asking.stats(node, "endless");
        assertTrue(stats.at("/latency/ttft/p50_ms").asDouble() > 0, stats::toPrettyString);
        assertTrue(stats.at("/throughput/prefill_tokens_per_second").asDouble() > 0, stats::toPrettyString);
    }

    @Test
    void timeoutsAndCancelThatHold() throws Exception {
        long start = System.nanoTime();
        Reply late = node.post(
                        "/_generate",
                        "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 8000, \"timeout\": \"300ms\"}")
                .expect(200);
        assertEquals("timeout", late.at("/generation/choices/0/finish_reason").asText());
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(20).toNanos(), "it ended when it was to end");
        CompletableFuture<HttpResponse<String>> answer = node.postAsync(
                "/_generate", "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 8000}");
        Node.await("the answer to run", Asking.SOON, () -> running() == 1);
        node.post("/_tasks/_cancel?actions=indices:data/read/generate", "").expect(200);
        Reply cancelled = Node.reply(answer.get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS));
        assertTrue(cancelled.reason().contains("cancel"), cancelled.body()::toPrettyString);
        Node.await("the answer to end", Asking.SOON, () -> running() == 0);
    }

    @Test
    void fairLimits() throws Exception {
        limitRequestsOfAUserTo("1");
        try {
            String brief = "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 5}";
            CompletableFuture<HttpResponse<String>> many = node.postAsync(
                    "many",
                    "/_generate",
                    "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 8000}");
            Node.await("the answer to run", Asking.SOON, () -> running() == 1);
            Reply refused = Node.reply(
                            node.postAsync("many", "/_generate", brief).get())
                    .expect(429);
            assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) > 0, "it is told when to come back");
            Node.reply(node.postAsync("one", "/_generate", brief).get()).expect(200);
            many.cancel(true);
            Node.await("the answer to end", Asking.SOON, () -> running() == 0);
        } finally {
            limitRequestsOfAUserTo("null");
        }
    }

    private void limitRequestsOfAUserTo(String count) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.user_limits.requests\": " + count + "}}")
                .expect(200);
    }

    @Test
    void citationsThatCanBeChecked() {
        Reply reply = ask("{\"question\": \"What is the hardest mineral of the hill?\", "
                + "\"context\": {\"fields\": [\"title\", \"text\"]}}");
        JsonNode citation = reply.at("/generation/citations/0");
        String stored = node.get("/" + INDEX + "/_doc/" + citation.path("_id").asText())
                .expect(200)
                .at("/_source/" + citation.path("field").asText())
                .asText();
        String words = stored.substring(
                citation.path("start").asInt(), citation.path("end").asInt());
        assertFalse(words.isEmpty());
        assertTrue(words.contains("quartz"), words);
    }

    private Reply ask(String body) {
        return node.post("/" + INDEX + "/_generate", body).expect(200);
    }

    private int running() {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }
}
