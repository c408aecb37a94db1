// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Searches whose pipeline answers, and whose pipeline makes their question stand by itself. */
@ExtendWith(NodeExtension.class)
class SearchPipelineIT {
    private static final String INDEX = "pipelines";
    private static final String ANSWER = "/ext/retrieval_augmented_generation";
    private static final String HARDEST = "\"query\": {\"match\": {\"text\": \"hardest\"}}";

    private final Node node;

    SearchPipelineIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
        Asking.load(node, "scripted");
        node.put("/_search/pipeline/answering", """
                        {"response_processors": [{"generate": {"tag": "answer", "description": "from the hits",
                          "model_id": "scripted", "context_field_list": ["title", "text"],
                          "system_prompt": "You are helpful.", "user_instructions": "Be brief."}}]}""").expect(200);
        node.put("/_search/pipeline/asking", """
                        {"request_processors": [{"generate_query": {"model_id": "scripted"}}],
                         "response_processors": [{"generate": {"context_field_list": ["title", "text"]}}]}""").expect(200);
    }

    /** A pipeline and a search as ml-commons' documentation has them, with the processor's name changed. */
    @Test
    void whatWasWrittenForMlCommonsWorks() {
        Reply reply = search("answering", HARDEST + """
                , "ext": {"generative_qa_parameters": {"llm_model": "gpt-3.5-turbo", "llm_question": "What is hard?",
                   "context_size": 2, "message_size": 5, "timeout": 15, "llm_response_field": "response"}}""");
        assertEquals(NodeExtension.SCRIPT, reply.at(ANSWER + "/answer").asText());
        assertEquals("quartz", reply.at("/hits/hits/0/_id").asText());
        assertEquals("quartz", reply.at(ANSWER + "/generation/citations/0/_id").asText());
        assertTrue(reply.at(ANSWER + "/generation/usage/prompt_tokens").asInt() > 0);
    }

    @Test
    void theSystemPromptOfTheSearchTakesThePlaceOfThePipelines() {
        String ext = ", \"ext\": {\"generate\": {\"question\": \"What is hard?\"%s}}";
        int pipelines = promptTokens(HARDEST + ext.formatted(""));
        int searches = promptTokens(HARDEST + ext.formatted(", \"system_prompt\": \"You are not at all helpful.\""));
        assertEquals(pipelines + "not at all ".length(), searches);
    }

    @Test
    void aSearchWithoutAQuestionPassesAsItIs() {
        Reply reply = search("answering", HARDEST);
        assertEquals("quartz", reply.at("/hits/hits/0/_id").asText());
        assertTrue(reply.at("/ext").isMissingNode());
    }

    /** A hit that lacks the field must not fail the search. */
    @Test
    void hitsWithoutTheContextFieldAreSkipped() {
        Reply reply = search("answering", """
                "query": {"match_all": {}}, "ext": {"generate": {"question": "What is hard?"}}""");
        assertEquals(4, reply.at("/hits/total/value").asInt());
        assertEquals(1, reply.at(ANSWER + "/generation/context/skipped").asInt());
        assertEquals(NodeExtension.SCRIPT, reply.at(ANSWER + "/answer").asText());
    }

    @Test
    void theContextSizeLimitsWhatTheModelReads() {
        Reply reply = search("answering", """
                "query": {"match": {"text": "mineral hill cliffs"}},
                "ext": {"generate": {"question": "What is hard?", "context_size": 1}}""");
        assertEquals(2, reply.at("/hits/total/value").asInt());
        assertEquals(1, reply.at(ANSWER + "/generation/context/used").asInt());
    }

    @Test
    void everythingElseOfTheReplyStays() {
        Reply reply = search("answering", HARDEST + """
                , "aggs": {"ids": {"terms": {"field": "title.keyword"}}}, "profile": true,
                "ext": {"generate": {"question": "What is hard?"}}""");
        assertEquals(
                "Clear crystals", reply.at("/aggregations/ids/buckets/0/key").asText());
        assertFalse(reply.at("/profile/shards").isEmpty());
        assertEquals(NodeExtension.SCRIPT, reply.at(ANSWER + "/answer").asText());
    }

    @Test
    void aFollowUpQuestionIsSearchedAsOneThatStandsByItself() {
        String question = "And the next one?";
        String conversation = """
                , "ext": {"generate": {"question": "%s", "messages": [
                    {"role": "user", "content": "Which minerals are there?"}, {"role": "assistant", "content": "Chalk."}]}}""".formatted(question);
        String query = "\"query\": {\"bool\": {\"must\": [{\"multi_match\": {\"query\": \"" + question
                + "\", \"fields\": [\"text\"]}}]}}";
        Reply reply = search("asking", query + conversation);
        assertEquals(NodeExtension.SCRIPT, reply.at(ANSWER + "/question").asText());
        assertEquals("quartz", reply.at("/hits/hits/0/_id").asText(), "found by the new question's words");
        assertEquals(1, reply.at("/hits/total/value").asInt());
        Reply without = search("asking", "\"size\": 3" + conversation);
        assertEquals("quartz", without.at("/hits/hits/0/_id").asText());
    }

    @Test
    void aFirstQuestionIsSearchedAsItIs() {
        Reply reply = search("asking", HARDEST + ", \"ext\": {\"generate\": {\"question\": \"What is hard?\"}}");
        assertEquals("What is hard?", reply.at(ANSWER + "/question").asText());
    }

    @Test
    void theAnswerEndsWithItsSearch() throws Exception {
        Asking.load(node, "endless");
        node.put("/_search/pipeline/endless", """
                        {"response_processors": [{"generate": {"model_id": "endless", "max_completion_tokens": 7000}}]}""").expect(200);
        String path = "/" + INDEX + "/_search?search_pipeline=endless";
        String body = "{" + HARDEST + ", \"ext\": {\"generate\": {\"question\": \"What?\", \"timeout\": 300}}}";
        long cancelled = requests("finished/cancelled");
        CompletableFuture<HttpResponse<String>> search = node.postAsync(path, body);
        Node.await("an answer", Asking.SOON, () -> requests("running") == 1);
        node.post("/_tasks/_cancel?actions=indices:data/read/search", "").expect(200);
        Reply reply = Node.reply(search.get(Asking.SOON.toSeconds(), TimeUnit.SECONDS));
        assertTrue(reply.body().toString().contains("cancel"), reply.body()::toPrettyString);
        Node.await("the answer to be cancelled", Asking.SOON, () -> requests("finished/cancelled") == cancelled + 1);
        CompletableFuture<HttpResponse<String>> left = node.postAsync(path, body);
        Node.await("an answer", Asking.SOON, () -> requests("running") == 1);
        left.cancel(true);
        Node.await("it to be cancelled as well", Asking.SOON, () -> requests("finished/cancelled") == cancelled + 2);
    }

    private long requests(String which) {
        return Asking.stats(node, "endless").at("/requests/" + which).asLong();
    }

    @Test
    void badParametersAreNamed() {
        refused("\"ext\": {\"generate\": {}}", "[ext.generate] needs [question]");
        refused("\"ext\": {\"generative_qa_parameters\": {\"llm_question\": \"\"}}", "needs [llm_question]");
        refused(question("\"context_size\": 0"), "[context_size] must be at least 1, found 0");
        refused(question("\"timeout\": 0"), "[timeout] must be greater than 0");
        refused(question("\"memory_id\": \"abc\""), "send the earlier messages in [messages]");
        refused(question("\"llm_messages\": []"), "unknown field [llm_messages]");
        refused("\"ext\": {\"retrieval_augmented_generation\": {}}", "is part of replies");
    }

    @Test
    void badConfigurationsAreNamed() {
        Reply unknown = node.put(
                "/_search/pipeline/wrong",
                "{\"response_processors\": [{\"generate\": {\"modell_id\": \"scripted\"}}]}");
        unknown.expect(400);
        assertTrue(unknown.reason().contains("modell_id"), unknown.reason());
        Reply range = node.put(
                "/_search/pipeline/wrong",
                "{\"request_processors\": [{\"generate_query\": {\"max_completion_tokens\": -1}}]}");
        range.expect(400);
        assertTrue(range.reason().contains("[max_completion_tokens] must be"), range.reason());
    }

    @Test
    void anUnknownModelFailsTheSearchUnlessFailuresAreIgnored() {
        String pipeline = "{\"response_processors\": [{\"generate\": {\"model_id\": \"absent\"%s}}]}";
        String body = HARDEST + ", \"ext\": {\"generate\": {\"question\": \"What is hard?\"}}";
        node.put("/_search/pipeline/absent", pipeline.formatted("")).expect(200);
        Reply reply = post("absent", body);
        assertEquals(404, reply.status(), () -> reply.body().toPrettyString());
        assertTrue(reply.body().toString().contains("no model [absent]"));
        node.put("/_search/pipeline/absent", pipeline.formatted(", \"ignore_failure\": true"))
                .expect(200);
        Reply ignored = search("absent", body);
        assertEquals("quartz", ignored.at("/hits/hits/0/_id").asText());
        assertTrue(ignored.at("/ext").isMissingNode());
    }

    private static String question(String more) {
        return "\"ext\": {\"generate\": {\"question\": \"What is hard?\", " + more + "}}";
    }

    private void refused(String body, String why) {
        Reply reply = post("answering", body);
        assertEquals(400, reply.status(), () -> reply.body().toPrettyString());
        assertTrue(reply.body().toString().contains(why), () -> reply.body().toPrettyString());
    }

    private int promptTokens(String body) {
        return search("answering", body)
                .at(ANSWER + "/generation/usage/prompt_tokens")
                .asInt();
    }

    private Reply search(String pipeline, String body) {
        return post(pipeline, body).expect(200);
    }

    private Reply post(String pipeline, String body) {
        return node.post("/" + INDEX + "/_search?search_pipeline=" + pipeline, "{" + body + "}");
    }
}
