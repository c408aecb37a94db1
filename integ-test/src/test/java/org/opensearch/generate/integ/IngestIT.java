// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Documents that a model writes to before they are indexed. */
@ExtendWith(NodeExtension.class)
class IngestIT {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String SUMMARY =
            "\"field\": \"body\", \"target_field\": \"summary\", \"prompt\": \"Summarise: {{body}}\"";

    private final Node node;

    IngestIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @BeforeEach
    void freshIndex() {
        node.delete("/docs");
        node.put("/docs", "{\"settings\": {\"number_of_replicas\": 0}}").expect(200);
    }

    private void pipeline(String name, String... processors) {
        node.put("/_ingest/pipeline/" + name, "{\"processors\": [" + String.join(", ", processors) + "]}")
                .expect(200);
    }

    private static String generate(String options) {
        return "{\"generate\": {" + options + "}}";
    }

    private Reply index(String id, String pipeline, String source) {
        return node.put("/docs/_doc/" + id + "?refresh=true&pipeline=" + pipeline, source);
    }

    private JsonNode stored(String id) {
        return node.get("/docs/_doc/" + id).expect(200).at("/_source");
    }

    /** Indexes documents {@code first} to before {@code end} together, each with its number in its body. */
    private static String bulk(int first, int end) {
        StringBuilder body = new StringBuilder();
        for (int i = first; i < end; i++) {
            body.append(
                    "{\"index\": {\"_index\": \"docs\", \"_id\": \"" + i + "\"}}\n{\"body\": \"Number " + i + ".\"}\n");
        }
        return body.toString();
    }

    private long finished(String model) {
        JsonNode finished = Asking.stats(node, model).at("/requests/finished");
        return finished.at("/stop").asLong() + finished.at("/length").asLong();
    }

    private long prompts(String model) {
        return Asking.stats(node, model).at("/tokens/prompt").asLong();
    }

    private int running(String model) {
        return Asking.stats(node, model).at("/requests/running").asInt();
    }

    private long count(String query) {
        node.post("/docs/_refresh", "").expect(200);
        return node.get("/docs/_count?q=" + query).expect(200).at("/count").asLong();
    }

    @Test
    void ingestThroughputWithoutLostDocuments() {
        pipeline("summary", generate(SUMMARY));
        StringBuilder body = new StringBuilder(bulk(0, 300));
        body.append("{\"index\": {\"_index\": \"docs\", \"_id\": \"bare\"}}\n{\"title\": \"No body\"}\n");
        body.append("{\"index\": {\"_index\": \"docs\"}}\n{\"body\": \"Number without an id.\"}\n");
        long before = finished("scripted");
        Reply reply = node.post("/_bulk?pipeline=summary&refresh=true", body.toString())
                .expect(200);
        assertEquals(302, reply.at("/items").size());
        for (int i = 0; i < 302; i++) {
            JsonNode item = reply.at("/items/" + i + "/index");
            assertEquals(i == 300 ? 400 : 201, item.path("status").asInt(), item::toPrettyString);
        }
        assertTrue(
                reply.at("/items/300/index/error").toString().contains("[body] has no text"),
                reply.at("/items/300/index/error")::toPrettyString);
        assertEquals(301, finished("scripted") - before);
        assertEquals(301, count("summary:quartz"));
        assertEquals(301, count("_exists_:summary_hash"));
        assertEquals(NodeExtension.SCRIPT, stored("7").path("summary").asText());
    }

    @Test
    void reingestIsFree() {
        pipeline("summary", generate(SUMMARY));
        node.post("/_bulk?pipeline=summary&refresh=true", bulk(0, 20)).expect(200);
        long before = finished("scripted");
        String same = bulk(0, 20) + bulk(20, 21);
        node.post("/_bulk?pipeline=summary&refresh=true", same).expect(200);
        assertEquals(1, finished("scripted") - before, "only the new document asks the model");
        assertEquals(21, count("summary:quartz"));
        node.post("/docs/_update_by_query?pipeline=summary&refresh=true", "").expect(200);
        assertEquals(1, finished("scripted") - before, "a stored document brings its hash along");
        index("3", "summary", "{\"body\": \"Another body.\"}").expect(200);
        assertEquals(2, finished("scripted") - before, "a changed document asks again");
        pipeline("summary", generate(SUMMARY + ", \"max_tokens\": 3"));
        index("4", "summary", "{\"body\": \"Number 4.\"}").expect(200);
        assertEquals(3, finished("scripted") - before, "and so does a changed pipeline");
        assertEquals("Qua", stored("4").path("summary").asText());
    }

    @Test
    void promptTemplates() {
        String template = "{{#tags}}<{{.}}>{{/tags}} {{meta.by}} says \\\"{{body}}\\\"";
        pipeline(
                "template", generate("\"field\": \"body\", \"target_field\": \"t\", \"prompt\": \"" + template + "\""));
        long before = prompts("scripted");
        index(
                        "1",
                        "template",
                        "{\"tags\": [\"a\", \"b\"], \"meta\": {\"by\": \"Ann\"}, \"body\": \"\\\"<Quoted>\\\" & new\\nline\"}")
                .expect(201);
        long templated = prompts("scripted") - before;
        String rendered = "<a><b> Ann says \\\"\\\"<Quoted>\\\" & new\\nline\\\"";
        node.post("/_generate", "{\"messages\": [{\"role\": \"user\", \"content\": \"" + rendered + "\"}]}")
                .expect(200);
        assertEquals(prompts("scripted") - before - templated, templated, "a token a byte: the prompts are the same");
        Reply broken = node.put(
                        "/_ingest/pipeline/broken",
                        "{\"processors\": ["
                                + generate("\"field\": \"a\", \"target_field\": \"b\", \"prompt\": \"{{#open}}\"")
                                + "]}")
                .expect(400);
        assertTrue(broken.reason().contains("Mustache"), broken.reason());
    }

    @Test
    void toleranceOfMissingAndNestedFields() {
        pipeline(
                "nested",
                generate("\"ignore_missing\": true, \"prompt\": \"{{_id}}\", \"fields\": ["
                        + "{\"field\": \"comments.text\", \"target_field\": \"about.comments\"},"
                        + "{\"field\": \"author.name\", \"target_field\": \"about.author\"}]"));
        index("1", "nested", "{\"comments\": [{\"text\": \"One\"}, {\"rank\": 2}]}")
                .expect(201);
        assertEquals(NodeExtension.SCRIPT, stored("1").at("/about/comments").asText());
        assertTrue(stored("1").at("/about/author").isMissingNode());
        index("2", "nested", "{\"author\": [{}, null], \"comments\": null}").expect(201);
        assertTrue(stored("2").path("about").isMissingNode());
        index("3", "nested", "{\"comments.text\": \"dotted\", \"author\": {\"name\": [\"Ann\", \"Bo\"]}}")
                .expect(201);
        assertEquals(2, stored("3").at("/about").size() / 2);
    }

    @Test
    void severalFieldsAreAllSetOrNone() {
        pipeline(
                "both",
                generate("\"ignore_failure\": true, \"fields\": ["
                        + "{\"field\": \"body\", \"target_field\": \"short\"},"
                        + "{\"field\": \"body\", \"target_field\": \"long\", \"prompt\": \"" + "{{body}}".repeat(20)
                        + "\"}]"));
        index("1", "both", "{\"body\": \"Small.\"}").expect(201);
        assertEquals(5, stored("1").size());
        String large = "x".repeat(TinyModel.CONTEXT / 15);
        index("2", "both", "{\"body\": \"" + large + "\"}").expect(201);
        assertEquals(1, stored("2").size(), "what fits is not written without what does not");
        pipeline(
                "blocked",
                generate("\"ignore_failure\": true, \"fields\": ["
                        + "{\"field\": \"body\", \"target_field\": \"short\"},"
                        + "{\"field\": \"body\", \"target_field\": \"body.inner\"}]"));
        long before = finished("scripted");
        index("3", "blocked", "{\"body\": \"Small.\"}").expect(201);
        assertEquals(1, stored("3").size());
        assertEquals(before, finished("scripted"), "nobody is asked for what cannot be written");
    }

    @Test
    void skipExistingLeavesWhatIsThere() {
        pipeline("skip", generate(SUMMARY + ", \"skip_existing\": true"));
        index("1", "skip", "{\"body\": \"b\", \"summary\": \"by hand\"}").expect(201);
        assertEquals("by hand", stored("1").path("summary").asText());
        assertFalse(stored("1").has("summary_hash"));
        index("2", "skip", "{\"body\": \"b\"}").expect(201);
        assertEquals(NodeExtension.SCRIPT, stored("2").path("summary").asText());
        pipeline("replace", generate(SUMMARY));
        index("1", "replace", "{\"body\": \"b\", \"summary\": \"by hand\"}").expect(200);
        assertEquals(NodeExtension.SCRIPT, stored("1").path("summary").asText());
    }

    @Test
    void failuresGoThePipelinesWay() {
        String missing = SUMMARY + ", \"model\": \"nobody\"";
        pipeline("fails", generate(missing));
        Reply failed = index("1", "fails", "{\"body\": \"b\"}").expect(404);
        assertTrue(failed.reason().contains("nobody"), failed.reason());
        node.get("/docs/_doc/1").expect(404);
        pipeline("ignores", generate(missing + ", \"ignore_failure\": true"));
        index("2", "ignores", "{\"body\": \"b\"}").expect(201);
        assertEquals(1, stored("2").size());
        pipeline(
                "handles",
                generate(missing + ", \"tag\": \"mine\", \"description\": \"fails\", \"on_failure\": ["
                        + "{\"set\": {\"field\": \"error\", \"value\": \"{{_ingest.on_failure_message}}\"}},"
                        + "{\"set\": {\"field\": \"tag\", \"value\": \"{{_ingest.on_failure_processor_tag}}\"}}]"));
        String many = bulk(10, 15) + "{\"index\": {\"_index\": \"docs\", \"_id\": \"bare\"}}\n{\"x\": 1}\n";
        Reply handled = node.post("/_bulk?pipeline=handles&refresh=true", many).expect(200);
        assertFalse(handled.at("/errors").asBoolean(), handled.body()::toPrettyString);
        assertTrue(stored("12").path("error").asText().contains("nobody"));
        assertEquals("mine", stored("12").path("tag").asText());
        assertTrue(stored("bare").path("error").asText().contains("[body]"));
        pipeline("conditional", generate(missing + ", \"if\": \"ctx.wanted == true\""), generate(SUMMARY));
        index("3", "conditional", "{\"body\": \"b\"}").expect(201);
        assertTrue(stored("3").has("summary"));
        index("4", "conditional", "{\"body\": \"b\", \"wanted\": true}").expect(404);
    }

    @Test
    void badOptionsAreRefusedWhenThePipelineIsMade() {
        for (String bad :
                List.of("\"response_format\": {\"type\": \"json\"}", "\"max_tokens\": 0", "\"max_tokns\": 5")) {
            Reply reply = node.put(
                            "/_ingest/pipeline/bad", "{\"processors\": [" + generate(SUMMARY + ", " + bad) + "]}")
                    .expect(400);
            String named = bad.substring(1, bad.indexOf('"', 1));
            assertTrue(reply.reason().contains(named), reply.reason());
        }
    }

    @Test
    void simulateShowsWhatAPipelineWouldWrite() {
        String body = "{\"pipeline\": {\"processors\": [" + generate(SUMMARY)
                + "]}, \"docs\": [{\"_source\": {\"body\": \"b\"}}, {\"_source\": {\"x\": 1}}]}";
        Reply plain = node.post("/_ingest/pipeline/_simulate", body).expect(200);
        assertEquals(
                NodeExtension.SCRIPT, plain.at("/docs/0/doc/_source/summary").asText());
        assertTrue(plain.at("/docs/1/error/reason").asText().contains("[body]"), plain.body()::toPrettyString);
        Reply verbose =
                node.post("/_ingest/pipeline/_simulate?verbose=true", body).expect(200);
        assertEquals(
                "success", verbose.at("/docs/0/processor_results/0/status").asText(), verbose.body()::toPrettyString);
    }

    @Test
    void aFullQueueFailsNoDocument() throws Exception {
        pipeline("slow", generate(SUMMARY + ", \"model\": \"endless\", \"max_tokens\": 60"));
        List<CompletableFuture<HttpResponse<String>>> questions = new ArrayList<>();
        long refusedBefore =
                Asking.stats(node, "endless").at("/requests/rejected").asLong();
        for (int i = 0; i < NodeExtension.QUEUE + NodeExtension.SEQUENCES + 4; i++) {
            questions.add(node.postAsync(
                    "/_generate",
                    "{\"model\": \"endless\", \"question\": \"" + i + "\", \"max_completion_tokens\": 3000}"));
        }
        Node.await(
                "a full queue",
                Asking.SOON,
                () -> Asking.stats(node, "endless").at("/requests/rejected").asLong() > refusedBefore);
        Reply reply =
                node.post("/_bulk?pipeline=slow&refresh=true", bulk(0, 40)).expect(200);
        assertFalse(reply.at("/errors").asBoolean(), reply.body()::toPrettyString);
        assertEquals(40, count("_exists_:summary"));
        for (CompletableFuture<HttpResponse<String>> question : questions) {
            question.get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void theNodeStaysResponsiveDuringABulk() throws Exception {
        pipeline("slow", generate(SUMMARY + ", \"model\": \"endless\", \"max_tokens\": 1500"));
        CompletableFuture<HttpResponse<String>> bulk = node.postAsync("/_bulk?pipeline=slow", bulk(0, 60));
        Node.await("documents in the engine", Asking.SOON, () -> running("endless") > 0);
        Reply asked = node.post(
                        "/_generate", "{\"model\": \"endless\", \"question\": \"x\", \"max_completion_tokens\": 1}")
                .expect(200);
        assertEquals("length", asked.at("/generation/choices/0/finish_reason").asText());
        node.put("/docs/_doc/plain?refresh=true", "{\"body\": \"no pipeline\"}").expect(201);
        node.post("/docs/_search", "{}").expect(200);
        JsonNode pools =
                node.get("/_cat/thread_pool/write?format=json&h=active").body();
        assertEquals(0, pools.at("/0/active").asInt(), "no write thread waits");
        assertFalse(bulk.isDone(), "all that happened beside the bulk request");
        Reply reply = Node.reply(bulk.get(LONG.toSeconds(), TimeUnit.SECONDS)).expect(200);
        assertFalse(reply.at("/errors").asBoolean(), reply.body()::toPrettyString);
        assertEquals(61, count("*"));
    }

    @Test
    void aModelUnloadedDuringABulkFailsWhatItIsWritingAndIsLoadedForTheRest() throws Exception {
        pipeline("slow", generate(SUMMARY + ", \"model\": \"endless\", \"max_tokens\": 1500"));
        CompletableFuture<HttpResponse<String>> bulk = node.postAsync("/_bulk?pipeline=slow", bulk(0, 24));
        Node.await("documents in the engine", Asking.SOON, () -> running("endless") > 0);
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Reply reply = Node.reply(bulk.get(LONG.toSeconds(), TimeUnit.SECONDS)).expect(200);
        int failed = 0;
        for (JsonNode item : reply.at("/items")) {
            if (item.at("/index/status").asInt() != 201) {
                assertEquals(503, item.at("/index/status").asInt(), item::toPrettyString);
                assertTrue(item.at("/index/error").toString().contains("unloaded"), item::toPrettyString);
                failed++;
            }
        }
        assertTrue(failed > 0 && failed <= NodeExtension.SEQUENCES, failed + " failed");
        assertEquals(24 - failed, count("*"), "what did not fail is there");
        assertEquals(24 - failed, count("_exists_:summary_hash"));
    }
}
