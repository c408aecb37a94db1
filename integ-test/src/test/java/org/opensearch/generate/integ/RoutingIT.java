// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Asks a node that has no model, in a cluster of which two others have. */
@ExtendWith(ClusterNodes.class)
class RoutingIT {
    private static final String INDEX = "routing";
    private static final String QUESTION = "{\"question\": \"What is the hardest mineral of the hill?\","
            + " \"context\": {\"fields\": [\"title\", \"text\"]}%s}";

    private final Cluster cluster;
    private final Node asked;

    RoutingIT(Cluster cluster) {
        this.cluster = cluster;
        this.asked = cluster.node(ClusterNodes.WITH_MODELS);
    }

    @BeforeAll
    static void prepare(Cluster cluster) {
        Asking.index(cluster.node(0), INDEX);
    }

    @AfterEach
    void reset() {
        preferLocal("null");
    }

    @Test
    void aNodeWithoutTheModelAnswersThroughOneThatHasIt() {
        long before = answered(0) + answered(1);
        Reply reply =
                asked.post("/" + INDEX + "/_generate", QUESTION.formatted("")).expect(200);
        assertEquals(NodeExtension.SCRIPT, reply.answer());
        assertEquals("scripted", reply.at("/generation/model").asText());
        assertEquals("quartz", reply.at("/hits/hits/0/_id").asText());
        assertEquals("quartz", reply.at("/generation/citations/0/_id").asText());
        assertEquals(before + 1, answered(0) + answered(1));
        assertEquals(
                ClusterNodes.WITH_MODELS,
                Asking.model(asked, "scripted").path("nodes").size(),
                "nothing was loaded there");
    }

    @Test
    void everyNodeGivesTheSameAnswerToTheSameRequest() {
        String body = "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 200,"
                + " \"temperature\": 1, \"seed\": 11, \"logprobs\": true, \"top_logprobs\": 2}";
        Set<JsonNode> answers = new HashSet<>();
        for (int number = 0; number <= ClusterNodes.WITH_MODELS; number++) {
            answers.add(cluster.node(number)
                    .post("/_generate?prefer_local=true", body)
                    .expect(200)
                    .at("/generation/choices"));
        }
        assertEquals(1, answers.size());
    }

    @Test
    void wordsComeFromAnotherNodeWhileTheAnswerIsBeingWritten() {
        List<JsonNode> events =
                Events.whole(asked.postLines("/" + INDEX + "/_generate", QUESTION.formatted(", \"stream\": true")));
        assertEquals("quartz", events.getFirst().at("/hits/hits/0/_id").asText());
        assertEquals(NodeExtension.SCRIPT, Events.text(events));
        assertEquals(1, events.stream().filter(event -> event.has("citations")).count());
        String long1 = "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 300,"
                + " \"logprobs\": true, \"stream\": %s}";
        List<JsonNode> streamed = Events.whole(asked.postLines("/_generate", long1.formatted(true)));
        assertEquals(
                asked.post("/_generate", long1.formatted(false)).expect(200).answer(), Events.text(streamed));
        int tokens = 0;
        for (JsonNode event : streamed) {
            tokens += event.at("/choices/0/logprobs/content").size();
        }
        assertEquals(300, tokens);
    }

    @Test
    void aKeptAnswerIsReadAndRemovedOnEveryNode() {
        String id = asked.post("/" + INDEX + "/_generate", QUESTION.formatted(", \"async\": true"))
                .expect(200)
                .at("/id")
                .asText();
        for (int number = 0; number <= ClusterNodes.WITH_MODELS; number++) {
            Node node = cluster.node(number);
            Node.await("the answer", Asking.SOON, () -> node.get("/_generate/" + id + "?wait=5s")
                    .expect(200)
                    .at("/state")
                    .asText()
                    .equals("done"));
            Reply reply = node.get("/_generate/" + id + "?after=3").expect(200);
            assertEquals(NodeExtension.SCRIPT.substring(3), reply.at("/text").asText());
            assertEquals(
                    "quartz", reply.at("/response/generation/citations/0/_id").asText());
        }
        cluster.node(0).delete("/_generate/" + id).expect(200);
        for (int number = 0; number <= ClusterNodes.WITH_MODELS; number++) {
            cluster.node(number).get("/_generate/" + id).expect(404);
        }
        String failing = asked.post("/_generate", "{\"question\": \"x\", \"model\": \"nobody\", \"async\": true}")
                .expect(200)
                .at("/id")
                .asText();
        Reply failed = cluster.node(0).get("/_generate/" + failing + "?wait=5s").expect(200);
        assertEquals("failed", failed.at("/state").asText());
        assertEquals(404, failed.at("/status").asInt());
    }

    @Test
    void manyQuestionsAreSharedByTheNodesThatHaveTheModel() {
        long first = answered(0);
        long second = answered(1);
        int questions = 40;
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < questions; i++) {
            lines.append("{}\n{\"question\": \"Question ").append(i).append("\"}\n");
        }
        Reply reply = asked.post("/_mgenerate", lines.toString()).expect(200);
        for (JsonNode item : reply.at("/responses")) {
            assertEquals(
                    NodeExtension.SCRIPT,
                    item.at("/generation/choices/0/message/content").asText(),
                    item::toPrettyString);
        }
        assertEquals(questions, reply.at("/responses").size());
        long byFirst = answered(0) - first;
        long bySecond = answered(1) - second;
        assertEquals(questions, byFirst + bySecond);
        assertTrue(byFirst > questions / 8 && bySecond > questions / 8, byFirst + " and " + bySecond);
    }

    @Test
    void aSearchPipelineAnswersToo() {
        asked.put("/_search/pipeline/routed", """
                {"response_processors": [{"generate": {"context_field_list": ["title", "text"]}}]}""").expect(200);
        Reply reply =
                asked.post("/" + INDEX + "/_search?search_pipeline=routed", """
                {"query": {"match": {"text": "hardest"}}, "ext": {"generate": {"question": "What is hard?"}}}""").expect(200);
        assertEquals(
                NodeExtension.SCRIPT,
                reply.at("/ext/retrieval_augmented_generation/answer").asText());
    }

    @Test
    void promptsThatBeginAlikeGoToOneNodeAndFindTheirPrefix() {
        String body = "{\"messages\": [{\"role\": \"system\", \"content\": \"" + "Be kind and brief. ".repeat(20)
                + "\"}, {\"role\": \"user\", \"content\": \"Hello\"}]}";
        long[] before = {answered(0), answered(1)};
        int cached = 0;
        for (int round = 0; round < 4; round++) {
            cached = asked.post("/_generate", body)
                    .expect(200)
                    .at("/generation/usage/prompt_tokens_details/cached_tokens")
                    .asInt();
        }
        assertTrue(cached > 300, cached + " tokens were found");
        assertEquals(4, Math.max(answered(0) - before[0], answered(1) - before[1]));
    }

    @Test
    void thisNodeAnswersWhereItIsPreferredAndHasTheModel() {
        Node first = cluster.node(0);
        long before = answered(0);
        for (int i = 0; i < 8; i++) {
            first.post("/_generate?prefer_local=true", "{\"question\": \"local " + i + "\"}")
                    .expect(200);
        }
        assertEquals(before + 8, answered(0));
        preferLocal("true");
        for (int i = 0; i < 8; i++) {
            first.post("/_generate", "{\"question\": \"local " + i + "\"}").expect(200);
        }
        assertEquals(before + 16, answered(0));
        assertEquals(
                NodeExtension.SCRIPT,
                asked.post("/_generate", "{\"question\": \"x\"}").expect(200).answer());
        first.post("/_generate?prefer_local=perhaps", "{\"question\": \"x\"}").expect(400);
    }

    @Test
    void aModelThatNobodyHasLoadedIsLoadedWhereItCan() {
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            cluster.node(number)
                    .post("/_plugins/_generate/models/scripted/_unload", "")
                    .expect(200);
        }
        Reply reply = asked.post("/_generate", "{\"question\": \"x\"}").expect(503);
        assertTrue(Integer.parseInt(reply.headers().firstValue("Retry-After").orElseThrow()) > 0);
        Node.await(
                "the model to be loaded",
                Asking.LOAD_LIMIT,
                () -> asked.post("/_generate", "{\"question\": \"x\"}").status() == 200);
        for (int number = 0; number < ClusterNodes.WITH_MODELS; number++) {
            Asking.load(cluster.node(number), "scripted");
        }
        Reply unknown = asked.post("/_generate", "{\"question\": \"x\", \"model\": \"nobody\"}")
                .expect(404);
        assertTrue(unknown.reason().contains("nobody"), unknown.reason());
    }

    @Test
    void aStreamThatWasBegunElsewhereIsReadToItsEnd() {
        String body = "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 2000,"
                + " \"stream\": true}";
        HttpResponse<Stream<String>> response = asked.postLines("/_generate", body);
        List<JsonNode> events = Events.whole(response);
        assertEquals(2000, events.getLast().at("/usage/completion_tokens").asInt());
    }

    private long answered(int number) {
        JsonNode finished = Asking.stats(cluster.node(number), "scripted").at("/requests/finished");
        return finished.path("stop").asLong() + finished.path("length").asLong();
    }

    private void preferLocal(String value) {
        asked.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.routing.prefer_local\": " + value + "}}")
                .expect(200);
    }
}
