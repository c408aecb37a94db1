// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What docs/limits.md says: sharing among users, limits with a true Retry-After, and memory. */
@ExtendWith(NodeExtension.class)
class LimitsIT {
    private final Node node;

    LimitsIT(Node node) {
        this.node = node;
    }

    @BeforeEach
    void load() {
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @AfterEach
    void forget() {
        set("user_limits.requests", "null");
        set("user_limits.tokens_per_minute", "null");
        set("idle_timeout", "null");
        set("kv_memory", "null");
        set("breaker.limit", "null");
        set("fairness.weights.vip", "null");
        set("ingest.max_sequences", "null");
    }

    @Test
    void someoneWithOneQuestionIsNotHeldUpBySomeoneWithMany() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> many = crowd("many", NodeExtension.QUEUE - 1, 3000);
        Reply one =
                Node.reply(node.postAsync("one", "/_generate", endless(99, 50)).get());
        one.expect(200);
        assertEquals(50, one.at("/generation/usage/completion_tokens").asInt());
        assertTrue(many.stream().noneMatch(CompletableFuture::isDone), "the others are not done yet");
        JsonNode queue = node.get("/_plugins/_generate/queue")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/models/endless/0");
        assertEquals("many", queue.path("user").asText());
        assertEquals(
                many.size(),
                queue.path("waiting").asInt() + queue.path("running").asInt());
        JsonNode counts = Asking.stats(node, "endless").at("/queue/interactive");
        assertEquals(1, counts.path("users").asInt());
        assertFalse(Asking.stats(node, "endless").toString().contains("many"), "names are not for everybody");
        many.forEach(answer -> answer.cancel(true));
        Node.await("all to end", Asking.SOON, () -> running("endless") == 0);
    }

    @Test
    void aQuestionTakesAPlaceOfIngestAtOnceAndNoDocumentIsLost() throws Exception {
        set("ingest.max_sequences", Integer.toString(NodeExtension.SEQUENCES));
        node.put("/_ingest/pipeline/limits", """
                {"processors": [{"generate": {"field": "text", "target_field": "summary", "prompt": "{{text}}",
                "model": "endless", "max_tokens": 800}}]}""").expect(200);
        StringBuilder documents = new StringBuilder();
        for (int i = 0; i < 3 * NodeExtension.SEQUENCES; i++) {
            documents.append("{\"index\": {}}\n{\"text\": \"number ").append(i).append("\"}\n");
        }
        CompletableFuture<HttpResponse<String>> bulk =
                node.postAsync("indexer", "/limits/_bulk?pipeline=limits&refresh=true", documents.toString());
        Node.await("ingest to have all places", Asking.SOON, () -> running("endless") == NodeExtension.SEQUENCES);
        assertEquals(
                NodeExtension.SEQUENCES,
                Asking.stats(node, "endless").at("/queue/ingest/running").asInt());
        long evictions = evictions();
        Node.reply(node.postAsync("one", "/_generate", endless(1, 20)).get()).expect(200);
        assertFalse(bulk.isDone(), "the documents are not done yet");
        assertTrue(evictions() > evictions, "ingest gave a place up");
        Reply written = Node.reply(bulk.get()).expect(200);
        assertFalse(written.at("/errors").asBoolean(), written.body()::toPrettyString);
        assertEquals(
                3 * NodeExtension.SEQUENCES,
                node.get("/limits/_count?q=_exists_:summary")
                        .expect(200)
                        .at("/count")
                        .asInt());
        node.delete("/limits").expect(200);
        node.delete("/_ingest/pipeline/limits").expect(200);
    }

    @Test
    void aClientThatWaitsAsLongAsItIsToldIsAccepted() throws Exception {
        set("user_limits.requests", "2");
        List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
        running.add(node.postAsync("busy", "/_generate", endless(1, 1500)));
        running.add(node.postAsync("busy", "/_generate", endless(2, 1500)));
        Node.await("both", Asking.SOON, () -> running("endless") == 2);
        HttpResponse<String> refused =
                node.postAsync("busy", "/_generate", endless(3, 5)).get();
        Reply reply = Node.reply(refused).expect(429);
        assertEquals("2 requests of this user run and wait already, no more than 2 may", reply.reason());
        assertEquals(
                200, node.postAsync("other", "/_generate", endless(4, 5)).get().statusCode());
        acceptedAfter(refused, "busy", endless(5, 5));
        for (CompletableFuture<HttpResponse<String>> answer : running) {
            assertEquals(200, answer.get().statusCode());
        }
    }

    @Test
    void aFullQueueTellsWhenThereIsAPlace() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> all = crowd("crowd", NodeExtension.QUEUE, 1500);
        HttpResponse<String> refused =
                node.postAsync("crowd", "/_generate", endless(50, 5)).get();
        assertEquals(429, refused.statusCode());
        acceptedAfter(refused, "crowd", endless(51, 5));
        for (CompletableFuture<HttpResponse<String>> answer : all) {
            assertEquals(200, answer.get().statusCode());
        }
    }

    @Test
    void tokensAMinuteAreCounted() throws Exception {
        set("user_limits.tokens_per_minute", "3000");
        CompletableFuture<HttpResponse<String>> all = node.postAsync("frugal", "/_generate", endless(1, 3000));
        Node.await("the answer", Asking.SOON, () -> running("endless") == 1);
        HttpResponse<String> refused =
                node.postAsync("frugal", "/_generate", endless(2, 200)).get();
        Reply reply = Node.reply(refused).expect(429);
        assertTrue(reply.reason().contains("of 3000 tokens a minute"), reply.reason());
        assertEquals(
                200, node.postAsync("other", "/_generate", endless(3, 5)).get().statusCode());
        acceptedAfter(refused, "frugal", endless(4, 200));
        assertEquals(200, all.get().statusCode());
    }

    private void acceptedAfter(HttpResponse<String> refused, String client, String body) throws Exception {
        int seconds =
                Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow());
        assertTrue(seconds >= 1 && seconds <= 60, "Retry-After " + seconds);
        long then = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Node.await("the time it was told", Duration.ofMinutes(2), () -> System.nanoTime() >= then);
        HttpResponse<String> later = node.postAsync(client, "/_generate", body).get();
        Node.reply(later).expect(200);
    }

    @Test
    void aModelThatNobodyUsesIsUnloadedAndComesBackForTheNextQuestion() {
        long before = Asking.breakerBytes(node);
        String question = "{\"question\": \"Who?\", \"model\": \"endless\", \"max_completion_tokens\": 40}";
        JsonNode choices = node.post("/_generate", question).expect(200).at("/generation/choices");
        set("idle_timeout", "\"1s\"");
        Node.await("the model to go", Asking.SOON, () -> Asking.state(node, "endless")
                .equals("available"));
        Node.await("its memory to go", Asking.SOON, () -> Asking.breakerBytes(node) < before);
        Reply back = node.post("/_generate", question).expect(200);
        assertEquals(choices, back.at("/generation/choices"));
        set("idle_timeout", "null");
        assertEquals("loaded", Asking.state(node, "endless"));
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeItIsLoaded() throws IOException {
        TinyModel.scripted(node.models().resolve("too-large.gguf"), "Heavy");
        long used = Asking.breakerBytes(node);
        set("breaker.limit", "\"" + (used + (1 << 20)) + "b\"");
        Reply refused =
                node.post("/_plugins/_generate/models/too-large/_load", "").expect(429);
        String reason = refused.reason();
        assertTrue(reason.contains("bytes of weights") && reason.contains("of KV pages for"), reason);
        assertTrue(reason.contains((1 << 20) + " bytes [1mb] of the limit"), reason);
        assertTrue(reason.contains("[plugins.generate.breaker.limit]"), reason);
        assertTrue(reason.contains("[plugins.generate.kv_memory]"), reason);
        assertEquals(used, Asking.breakerBytes(node));
        set("breaker.limit", "null");
        Asking.load(node, "too-large");
        node.post("/_plugins/_generate/models/too-large/_unload", "").expect(200);
        Files.delete(node.models().resolve("too-large.gguf"));
    }

    @Test
    void kvPagesComeAndGoWhileAnswersGrow() throws Exception {
        String question = endless(7, 2000);
        JsonNode wanted = node.post("/_generate", question).expect(200).at("/generation/choices");
        int before = Asking.stats(node, "endless").at("/pages/total").asInt();
        long pageBytes = Asking.stats(node, "endless").at("/memory/kv_bytes").asLong() / before;
        long bytes = Asking.breakerBytes(node);
        long otherBytes = bytes - kvBytes();
        CompletableFuture<HttpResponse<String>> growing = node.postAsync("kv", "/_generate", question);
        Node.await("the answer", Asking.SOON, () -> running("endless") == 1);
        set("kv_memory", "\"" + 300 * pageBytes + "b\"");
        set("kv_memory", "\"" + 2L * before * pageBytes + "b\"");
        set("kv_memory", "\"" + 80 * pageBytes + "b\"");
        assertEquals(wanted, Node.reply(growing.get()).expect(200).at("/generation/choices"));
        Node.await(
                "fewer pages",
                Asking.SOON,
                () -> Asking.stats(node, "endless").at("/pages/total").asInt() == 80);
        Node.await("their memory", Asking.SOON, () -> Asking.breakerBytes(node) == otherBytes + kvBytes());
        assertTrue(Asking.breakerBytes(node) <= bytes - (before - 80) * pageBytes);
        assertEquals(wanted, node.post("/_generate", question).expect(200).at("/generation/choices"));
        set("kv_memory", "null");
        Node.await(
                "all pages",
                Asking.SOON,
                () -> Asking.stats(node, "endless").at("/pages/total").asInt() == before);
        Node.await("all memory", Asking.SOON, () -> Asking.breakerBytes(node) == bytes);
    }

    @Test
    void aWeightOutOfRangeIsRefused() {
        Reply refused = node.put(
                        "/_cluster/settings", "{\"persistent\": {\"plugins.generate.fairness.weights\": {\"vip\": 0}}}")
                .expect(400);
        assertTrue(refused.body().toString().contains("fairness.weights.vip"), refused.body()::toPrettyString);
        set("fairness.weights.vip", "3");
    }

    /** Takes all places, then so many in the queue. */
    private List<CompletableFuture<HttpResponse<String>>> crowd(String client, int queue, int tokens) {
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < NodeExtension.SEQUENCES; i++) {
            all.add(node.postAsync(client, "/_generate", endless(i, tokens)));
        }
        Node.await("the places to be taken", Asking.SOON, () -> running("endless") == NodeExtension.SEQUENCES);
        for (int i = 0; i < queue; i++) {
            all.add(node.postAsync(client, "/_generate", endless(NodeExtension.SEQUENCES + i, tokens)));
        }
        Node.await("the queue to fill", Asking.SOON, () -> waiting("endless") == queue);
        return all;
    }

    private long kvBytes() {
        long bytes = 0;
        for (JsonNode model : node.get("/_plugins/_generate/stats/_local")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/models")) {
            bytes += model.at("/memory/kv_bytes").asLong();
        }
        return bytes;
    }

    private static String endless(int number, int tokens) {
        return "{\"model\": \"endless\", \"question\": \"" + number + "\", \"max_completion_tokens\": " + tokens + "}";
    }

    private long evictions() {
        return Asking.stats(node, "endless").at("/batches/evictions").asLong();
    }

    private int running(String model) {
        return Asking.stats(node, model).at("/requests/running").asInt();
    }

    private int waiting(String model) {
        return Asking.stats(node, model).at("/requests/queued").asInt();
    }

    private void set(String name, String value) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate." + name + "\": " + value + "}}")
                .expect(200);
    }
}
