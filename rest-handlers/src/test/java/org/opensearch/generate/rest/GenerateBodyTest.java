// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.index.query.QueryBuilders;

/** What a body means, and how a wrong one is refused. */
class GenerateBodyTest {
    private static final String EVERYTHING = """
            {"query": {"match": {"text": "panthers"}}, "size": 7, "_source": ["title"],
             "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Who?"}],
             "model": "tinyllama", "context": {"fields": ["title", "text"], "max_tokens": 1200, "neighbors": 2},
             "max_completion_tokens": 128, "temperature": 0.5, "top_k": 40, "top_p": 0.9, "min_p": 0.05,
             "repetition_penalty": 1.1, "presence_penalty": 0.2, "frequency_penalty": -0.2, "seed": 7,
             "stop": ["\\n\\n", "END"], "logprobs": true, "top_logprobs": 3, "timeout": "20s",
             "speculation": {"mode": "suffix", "max_draft_tokens": 5}}""";

    private static GenerateRequest parse(String body, String... indices) throws IOException {
        return Bodies.parse(body.getBytes(StandardCharsets.UTF_8), indices);
    }

    @Test
    void everyFieldIsRead() throws IOException {
        GenerateRequest request = parse(EVERYTHING, "wiki");
        assertArrayEquals(new String[] {"wiki"}, request.indices());
        assertEquals(QueryBuilders.matchQuery("text", "panthers"), request.query());
        assertEquals(7, request.size());
        assertArrayEquals(
                new String[] {"title"}, Objects.requireNonNull(request.source()).includes());
        assertEquals(
                List.of(new ChatMessage("system", "Be kind."), new ChatMessage("user", "Who?")), request.messages());
        assertEquals(new ContextOptions(List.of("title", "text"), 1200, 2), request.context());
        SamplingOptions sampling = new SamplingOptions(0.5f, 40, 0.9f, 0.05f, 1.1f, 0.2f, -0.2f, 7);
        assertEquals(
                new AnswerOptions(
                        "tinyllama",
                        128,
                        sampling,
                        List.of("\n\n", "END"),
                        3,
                        TimeValue.timeValueSeconds(20),
                        new SpeculationOptions(SpeculationOptions.Mode.SUFFIX, 5, "", "wiki")),
                request.options());
        assertTrue(request.retrieves());
    }

    @Test
    void aQuestionIsTheUsersMessageAndLeavesTheRestToDefaults() throws IOException {
        GenerateRequest request = parse("{\"question\": \"Who?\"}");
        assertEquals(List.of(new ChatMessage("user", "Who?")), request.messages());
        assertEquals(4, request.size());
        assertEquals(
                new AnswerOptions(null, 0, SamplingOptions.GREEDY, List.of(), AnswerOptions.NO_LOGPROBS, null),
                request.options());
        assertNull(request.query());
        assertFalse(request.retrieves());
        assertTrue(parse("{\"question\": \"Who?\"}", "wiki").retrieves());
    }

    @Test
    void oneStopTextMayStandAlone() throws IOException {
        assertEquals(
                List.of("END"),
                parse("{\"question\": \"Who?\", \"stop\": \"END\"}").options().stop());
    }

    @Test
    void theFormatOfTheAnswerIsRead() throws IOException {
        ResponseFormat format = parse("{\"question\": \"Who?\", \"response_format\": {\"type\": \"json_schema\","
                        + " \"json_schema\": {\"schema\": {\"properties\": {\"b\": {}, \"a\": {}}}}}}")
                .options()
                .format();
        assertEquals(ResponseFormat.Type.JSON_SCHEMA, format.type());
        assertTrue(format.json().indexOf("\"b\"") < format.json().indexOf("\"a\""), "in the order of the request");
        assertEquals(
                ResponseFormat.QUOTES,
                parse("{\"question\": \"Who?\", \"quotes\": \"verbatim\"}", "wiki")
                        .options()
                        .format());
        assertEquals(
                ResponseFormat.TEXT,
                parse("{\"question\": \"Who?\", \"quotes\": \"free\"}")
                        .options()
                        .format());
    }

    @Test
    void theScopeIsTheAnswerUnlessTheBodySaysMore() throws IOException {
        assertEquals(Scope.ANSWER, parse("{\"question\": \"Who?\"}", "wiki").scope());
        assertEquals(
                Scope.SHARD,
                parse("{\"question\": \"Who?\", \"scope\": \"shard\"}", "wiki").scope());
        GenerateRequest reranking = parse("{\"question\": \"Who?\", \"rerank\": true}", "wiki");
        assertEquals(Scope.HIT, reranking.scope());
        assertTrue(reranking.rerank());
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> parse("{\"question\": \"Who?\", \"scope\": \"hit\"}"));
        assertTrue(String.valueOf(refused.getMessage()).contains("needs hits"), refused::getMessage);
    }

    @Test
    void aRequestSurvivesTheWire() throws IOException {
        GenerateRequest request = parse(EVERYTHING.replace("20s\"", "20s\", \"scope\": \"hit\""), "wiki");
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            request.writeTo(out);
            NamedWriteableRegistry registry = new NamedWriteableRegistry(Bodies.SEARCH.getNamedWriteables());
            GenerateRequest back = new GenerateRequest(
                    new NamedWriteableAwareStreamInput(out.bytes().streamInput(), registry));
            assertArrayEquals(request.indices(), back.indices());
            assertEquals(request.query(), back.query());
            assertEquals(request.size(), back.size());
            assertEquals(request.source(), back.source());
            assertEquals(request.messages(), back.messages());
            assertEquals(request.context(), back.context());
            assertEquals(request.options(), back.options());
            assertEquals(Scope.HIT, back.scope());
            assertFalse(back.rerank());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | [question] or [messages] is needed",
                "{\"question\": \" \"} | is empty",
                "{\"question\": \"a\", \"messages\": [{\"role\": \"user\", \"content\": \"b\"}]} | exclude each other",
                "{\"question\": \"a\", \"quotes\": \"verbatim\", \"scope\": \"hit\"} | needs hits",
                "{\"question\": \"a\", \"quotes\": \"all\"} | [quotes]",
                "{\"question\": \"a\", \"quotes\": \"verbatim\", \"response_format\": {\"type\": \"json_object\"}} | [quotes] is for texts",
                "{\"question\": \"a\", \"response_format\": {\"type\": \"xml\"}} | json_object",
                "{\"question\": \"a\", \"colour\": 1} | [1:19] [generate] unknown field [colour]",
                "{\"question\": \"a\", \"temprature\": 1} | did you mean [temperature]",
                "{\"question\": {}} | [generate] question doesn't support values of type: START_OBJECT",
                "{\"question\": \"a\", \"temperature\": 3} | temperature must be from",
                "{\"question\": \"a\", \"temperature\": \"warm\"} | [temperature]",
                "{\"question\": \"a\", \"top_p\": 1.5} | top_p must be from",
                "{\"question\": \"a\", \"size\": 0} | [size] must be from 1 to 100, found 0",
                "{\"question\": \"a\", \"size\": 101} | [size] must be from 1 to 100, found 101",
                "{\"question\": \"a\", \"max_completion_tokens\": 0} | [max_completion_tokens]",
                "{\"question\": \"a\", \"context\": {\"max_token\": 5}} | [context]",
                "{\"question\": \"a\", \"context\": {\"max_tokens\": -1}} | [context]",
                "{\"question\": \"a\", \"top_logprobs\": 3} | [top_logprobs] needs [logprobs]",
                "{\"question\": \"a\", \"logprobs\": true, \"top_logprobs\": 21} | [top_logprobs] must be from",
                "{\"question\": \"a\", \"logprobs\": true, \"top_logprobs\": -1} | [top_logprobs] must be from",
                "{\"question\": \"a\", \"stop\": \"\"} | [stop]",
                "{\"question\": \"a\", \"timeout\": \"soon\"} | [timeout]",
                "{\"question\": \"a\", \"timeout\": \"0s\"} | [timeout] must be greater than 0",
                "{\"question\": \"a\", \"query\": {\"matsch\": {}}} | [query]",
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"b\"}]} | [messages[0].role]",
                "{\"messages\": [{\"role\": \"user\"}]} | [messages]",
                "{\"messages\": [{\"role\": \"assistant\", \"content\": \"b\"}]} | must be the user's",
                "{\"question\": \"a\", \"speculation\": {\"mode\": \"on\"}} | mode of speculation is one of auto, off",
                "{\"question\": \"a\", \"speculation\": {\"max_draft_tokens\": 17}} | must be from 1 to 16, found 17",
                "{\"question\": \"a\", \"speculation\": {\"mode\": \"draft_model\"}} | go together",
                "{\"question\": \"a\", \"speculation\": {\"draft_model\": \"b\"}} | go together",
                "{\"question\": \"a\", \"speculation\": {\"tokens\": 3}} | [speculation] unknown field [tokens]",
                "{\"question\": \"a\", \"scope\": \"node\"} | [scope] must be answer, hit or shard, found [node]",
                "{\"question\": \"a\", \"scope\": \"shard\", \"rerank\": true} | [rerank] is for [scope] hit",
                "{\"question\": \"a\", \"rerank\": true, \"max_completion_tokens\": 2} | [rerank] reads",
                "{\"question\": \"a\", \"rerank\": true, \"temperature\": 1} | [rerank] reads",
                "{\"question\": \"a\", \"rerank\": true, \"logprobs\": true} | [rerank] reads",
                "{\"question\": \"a\", \"rerank\": true, \"stream\": true} | no [stream]",
                "{\"question\": \"a\"} {} | more after the body's end",
                "[] | Expected START_OBJECT"
            })
    void aWrongBodyIsNamed(String body, String problem) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> parse(body, "wiki"));
        StringBuilder told = new StringBuilder();
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            told.append(cause.getMessage()).append('\n');
        }
        assertTrue(told.toString().contains(problem), () -> "wanted: " + problem + ", found: " + told);
    }
}
