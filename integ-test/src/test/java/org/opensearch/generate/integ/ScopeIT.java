// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Answers for each hit, for reranking, and over what shards come down to. */
@ExtendWith(NodeExtension.class)
class ScopeIT {
    private static final String INDEX = "minerals-scoped";
    private static final String CONTEXT = "\"context\": {\"fields\": [\"title\", \"text\"]}";
    private static final String MANY = "stones-scoped";
    private static final int STONES = 30;

    private final Node node;

    ScopeIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) throws java.io.IOException {
        Asking.index(node, INDEX);
        Stones.index(node, MANY, STONES, 5);
        TinyModel.judging(node.models().resolve("judging.gguf"));
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
        Asking.load(node, "judging");
    }

    @BeforeEach
    void idle() {
        Node.await("an idle engine", Asking.SOON, () -> running() == 0);
    }

    @Test
    void eachHitGetsWhatItWouldGetAlone() {
        String body = "{\"model\": \"endless\", \"question\": \"What is it?\", \"query\": %s, \"size\": %d, "
                + "\"max_completion_tokens\": 12, \"temperature\": 1, \"seed\": 5, \"logprobs\": true, "
                + "\"top_logprobs\": 2%s, " + CONTEXT + "}";
        Reply all = node.post(
                        "/" + MANY + "/_generate",
                        body.formatted("{\"match_all\": {}}", STONES, ", \"scope\": \"hit\""))
                .expect(200);
        assertEquals(STONES, all.at("/hits/hits").size());
        assertEquals(STONES, all.at("/generation/hits/successful").asInt());
        int tokens = 0;
        for (JsonNode hit : all.at("/hits/hits")) {
            String id = hit.path("_id").asText();
            Reply alone = node.post("/" + MANY + "/_generate", body.formatted(ids(id), 1, ""))
                    .expect(200);
            assertEquals(alone.answer(), hit.at("/generated/text").asText(), id);
            assertEquals(alone.at("/generation/choices/0/logprobs"), hit.at("/generated/logprobs"), id);
            assertEquals(alone.at("/generation/choices/0/finish_reason"), hit.at("/generated/finish_reason"), id);
            tokens += alone.at("/generation/usage/prompt_tokens").asInt();
        }
        assertEquals(tokens, all.at("/generation/usage/prompt_tokens").asInt());
        assertEquals(12 * STONES, all.at("/generation/usage/completion_tokens").asInt());
    }

    @Test
    void failuresAreMarkedAndTheOthersComeInOrder() {
        Reply reply = ask("{\"query\": {\"match_all\": {}}, \"question\": \"Which?\", \"scope\": \"hit\", "
                + "\"_source\": false, " + CONTEXT + "}");
        Reply found = node.post("/" + INDEX + "/_search", "{\"query\": {\"match_all\": {}}, \"size\": 4}");
        int failed = 0;
        for (int i = 0; i < 4; i++) {
            JsonNode hit = reply.at("/hits/hits/" + i);
            assertEquals(found.at("/hits/hits/" + i + "/_id"), hit.path("_id"));
            assertTrue(hit.path("_source").isMissingNode(), hit::toPrettyString);
            JsonNode generated = hit.path("generated");
            if (hit.path("_id").asText().equals("nested")) {
                failed++;
                assertEquals(400, generated.path("status").asInt(), hit::toPrettyString);
                assertTrue(generated.at("/error/reason").asText().contains("context.fields"));
                assertTrue(generated.path("text").isMissingNode());
            } else if (hit.path("_id").asText().equals("quartz")) {
                assertEquals(NodeExtension.SCRIPT, generated.path("text").asText());
                assertEquals("quartz", generated.at("/citations/0/_id").asText());
            } else {
                assertEquals("Quartz.", generated.path("text").asText());
                assertEquals("stop", generated.path("finish_reason").asText());
            }
        }
        assertEquals(1, failed);
        assertEquals(4, reply.at("/generation/hits/total").asInt());
        assertEquals(1, reply.at("/generation/hits/failed").asInt());
        assertEquals("scripted", reply.at("/generation/model").asText());
        assertTrue(reply.at("/_shards/successful").asInt() > 0);
        assertEquals(4, reply.at("/hits/total/value").asInt());
        assertFalse(reply.at("/timed_out").asBoolean());
    }

    @Test
    void onlyFailuresAreAFailure() {
        Reply reply = node.post(
                        "/" + INDEX + "/_generate",
                        "{\"question\": \"hill\", \"scope\": \"hit\", \"context\": {\"fields\": [\"colour\"]}, "
                                + "\"query\": {\"match_all\": {}}}")
                .expect(400);
        assertTrue(reply.reason().contains("context.fields"), reply.reason());
    }

    @Test
    void noHitsAreNoFailure() {
        Reply reply = ask("{\"question\": \"x\", \"scope\": \"hit\", \"query\": {\"match_none\": {}}}");
        assertEquals(0, reply.at("/hits/hits").size());
        assertEquals(0, reply.at("/generation/hits/total").asInt());
    }

    /** The score is made of the log-probabilities that a client could ask for itself. */
    @Test
    void rerankingSortsByTheProbabilityOfYes() {
        String question = "Is it hard?";
        Reply reply = node.post(
                        "/" + MANY + "/_generate",
                        "{\"model\": \"judging\", \"question\": \"" + question + "\", \"query\": {\"match_all\": {}}, "
                                + "\"size\": 12, \"rerank\": true, " + CONTEXT + "}")
                .expect(200);
        List<Double> scores = new ArrayList<>();
        for (JsonNode hit : reply.at("/hits/hits")) {
            Reply alone = node.post(
                            "/" + MANY + "/_generate",
                            "{\"model\": \"judging\", \"query\": "
                                    + ids(hit.path("_id").asText())
                                    + ", \"question\": \"Question to find an answer for: \\\"" + question
                                    + "\\\" Does the passage contain the answer? Reply with yes or no.\", \"max_completion_tokens\": 1, \"logprobs\": true, \"top_logprobs\": 20, "
                                    + CONTEXT + "}")
                    .expect(200);
            double yes = 0;
            double no = 0;
            for (JsonNode token : alone.at("/generation/choices/0/logprobs/content/0/top_logprobs")) {
                String text = token.path("token").asText();
                yes += text.equalsIgnoreCase("y")
                        ? Math.exp(token.path("logprob").asDouble())
                        : 0;
                no += text.equalsIgnoreCase("n")
                        ? Math.exp(token.path("logprob").asDouble())
                        : 0;
            }
            assertEquals(yes / (yes + no), hit.path("_score").asDouble(), 1e-4);
            assertEquals(1.0, hit.at("/generated/previous_score").asDouble());
            assertEquals(yes, hit.at("/generated/yes").asDouble(), 1e-4);
            scores.add(hit.path("_score").asDouble());
        }
        assertEquals(12, scores.size());
        assertEquals(scores.stream().sorted(Comparator.reverseOrder()).toList(), scores);
        assertTrue(scores.getFirst() > scores.getLast(), scores::toString);
        assertEquals(scores.getFirst(), reply.at("/hits/max_score").asDouble());
    }

    @Test
    void timeMarksTheHitsThatItDidNotReach() {
        Reply reply = node.post(
                        "/" + MANY + "/_generate",
                        "{\"model\": \"endless\", \"question\": \"Speak.\", \"query\": {\"match_all\": {}}, "
                                + "\"size\": 20, \"scope\": \"hit\", \"max_completion_tokens\": 7000, "
                                + "\"timeout\": \"2s\", " + CONTEXT + "}")
                .expect(200);
        assertTrue(reply.at("/timed_out").asBoolean(), reply.body()::toPrettyString);
        int late = 0;
        for (JsonNode hit : reply.at("/hits/hits")) {
            JsonNode generated = hit.path("generated");
            if (generated.has("error")) {
                assertEquals(504, generated.path("status").asInt(), generated::toPrettyString);
                late++;
            } else {
                assertEquals("timeout", generated.path("finish_reason").asText());
                assertFalse(generated.path("text").asText().isEmpty());
            }
        }
        assertEquals(20 - NodeExtension.SEQUENCES, late);
        Node.await("the pages to be free", Asking.SOON, () -> used() == 0);
    }

    @Test
    void aClientThatLeavesFreesAllPages() {
        CompletableFuture<HttpResponse<String>> answers = node.postAsync(
                "/" + MANY + "/_generate",
                "{\"model\": \"endless\", \"question\": \"Speak.\", \"query\": {\"match_all\": {}}, "
                        + "\"size\": 20, \"scope\": \"hit\", \"max_completion_tokens\": 7000, " + CONTEXT + "}");
        Node.await("answers to be running", Asking.SOON, () -> running() == NodeExtension.SEQUENCES);
        answers.cancel(true);
        Node.await("the pages to be free", Asking.SOON, () -> running() == 0 && used() == 0);
        Node.await("the tasks to be gone", Asking.SOON, () -> node.get("/_tasks?actions=indices:data/read/generate*")
                .at("/nodes")
                .isEmpty());
    }

    @Test
    void moreThanANodeShouldKeepIsRefused() {
        Reply reply = node.post(
                        "/" + MANY + "/_generate",
                        "{\"question\": \"x\", \"scope\": \"hit\", \"size\": 100, \"max_completion_tokens\": 8000}")
                .expect(400);
        assertTrue(reply.reason().contains("max_completion_tokens"), reply.reason());
        node.post("/_generate", "{\"question\": \"x\", \"scope\": \"hit\"}").expect(400);
    }

    @Test
    void shardsComeDownToTheSentencesThatAnswer() {
        String spread = "minerals-shards";
        Stones.spread(node, spread, 4);
        Reply reply = node.post(
                        "/" + spread + "/_generate",
                        "{\"query\": {\"match_all\": {}}, \"size\": 12, \"question\": \"What is the hardest mineral?\", "
                                + "\"scope\": \"shard\", " + CONTEXT + "}")
                .expect(200);
        assertEquals(NodeExtension.SCRIPT, reply.answer());
        JsonNode citation = reply.at("/generation/citations/0");
        assertEquals("quartz", citation.path("_id").asText());
        assertEquals("text", citation.path("field").asText());
        String stored =
                node.get("/" + spread + "/_doc/quartz").at("/_source/text").asText();
        assertEquals(
                "The hardest mineral of the hill is quartz.",
                stored.substring(
                        citation.path("start").asInt(), citation.path("end").asInt()));
        assertEquals(1, reply.at("/generation/context/used").asInt(), "what nobody cites is left out");
        JsonNode shards = reply.at("/generation/shards");
        assertTrue(shards.size() > 1, shards::toPrettyString);
        int hits = 0;
        int cited = 0;
        for (JsonNode shard : shards) {
            assertEquals(spread, shard.path("index").asText());
            assertTrue(shard.path("text").asText().startsWith("Quartz"), shard::toPrettyString);
            hits += shard.path("hits").asInt();
            cited += shard.path("citations").size();
        }
        assertEquals(12, hits);
        assertEquals(1, cited);
    }

    @Test
    void whereNoSentenceIsLeftTheHitsAreRead() {
        Reply reply = node.post(
                        "/" + MANY + "/_generate",
                        "{\"query\": {\"match_all\": {}}, \"size\": 30, \"question\": \"Which?\", \"scope\": \"shard\", "
                                + CONTEXT + "}")
                .expect(200);
        assertEquals("Quartz.", reply.answer());
        assertEquals(STONES, reply.at("/generation/context/used").asInt());
        assertTrue(reply.at("/generation/shards").size() > 1, reply.body()::toPrettyString);
    }

    @Test
    void manyQuestionsHaveTheirScopes() {
        Reply reply = node.post("/" + INDEX + "/_mgenerate", """
                {}
                {"question": "Which?", "scope": "hit", "query": {"ids": {"values": ["quartz", "chalk"]}}, "context": {"fields": ["text"]}}
                {}
                {"question": "hardest mineral", "rerank": true, "model": "judging", "context": {"fields": ["text"]}}
                """).expect(200);
        assertEquals(2, reply.at("/responses/0/generation/hits/successful").asInt());
        assertEquals(
                "Quartz.", reply.at("/responses/0/hits/hits/1/generated/text").asText());
        assertTrue(reply.at("/responses/1/hits/hits/0/generated/yes").isNumber(), reply.body()::toPrettyString);
    }

    /** Its hits are asked for one by one, more at a time than the engine takes. */
    @Test
    void anAnswerToReadLaterHasAllHits() {
        String id = node.post(
                        "/" + MANY + "/_generate",
                        "{\"question\": \"What?\", \"query\": {\"match_all\": {}}, \"size\": 30, \"scope\": \"hit\", "
                                + "\"async\": true, " + CONTEXT + "}")
                .expect(200)
                .at("/id")
                .asText();
        Node.await("the hits to be done", Asking.SOON, () -> !node.get("/_generate/" + id + "?wait=1s")
                .at("/state")
                .asText()
                .equals("running"));
        Reply kept = node.get("/_generate/" + id).expect(200);
        assertEquals("done", kept.at("/state").asText(), kept.body()::toPrettyString);
        assertEquals(STONES, kept.at("/response/generation/hits/successful").asInt(), kept.body()::toPrettyString);
        assertEquals("Quartz.", kept.at("/response/hits/hits/29/generated/text").asText());
    }

    @Test
    void pipelinesHaveOneAnswer() {
        Reply reply = node.post(
                        "/" + INDEX + "/_search",
                        "{\"ext\": {\"generate\": {\"question\": \"x\", \"scope\": \"hit\"}}}")
                .expect(400);
        assertTrue(reply.body().toString().contains("[scope] of a search pipeline is answer"), reply::reason);
    }

    private Reply ask(String body) {
        return node.post("/" + INDEX + "/_generate", body).expect(200);
    }

    private static String ids(String id) {
        return "{\"ids\": {\"values\": [\"" + id + "\"]}}";
    }

    private int running() {
        return Asking.stats(node, "endless").at("/requests/running").asInt();
    }

    private int used() {
        return Asking.stats(node, "endless").at("/pages/used").asInt();
    }
}
