// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Answers in a language, from a model that babbles otherwise. */
@ExtendWith(NodeExtension.class)
class GuidedIT {
    private static final String INDEX = "guided";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCHEMA = """
            {"type": "json_schema", "json_schema": {"name": "stone", "strict": true, "schema": {
              "type": "object", "required": ["name", "hardness", "colours"], "additionalProperties": false,
              "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 12},
                "hardness": {"type": "integer", "minimum": 1, "maximum": 10},
                "colours": {"type": "array", "items": {"enum": ["red", "white"]}, "minItems": 1, "maxItems": 3}}}}}""";

    private final Node node;

    GuidedIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
        Asking.load(node, "endless");
        node.put("/stones", """
                {"mappings": {"dynamic": "strict", "properties": {
                  "name": {"type": "keyword"}, "found": {"type": "date"}, "grams": {"type": "half_float"},
                  "place": {"type": "geo_point"}, "owner": {"properties": {"age": {"type": "byte"}}}}}}""").expect(200);
    }

    private Reply ask(String path, String more) {
        return node.post(path, """
                {"model": "endless", "temperature": 1, "seed": 5, "max_completion_tokens": 3000,
                 "messages": [{"role": "user", "content": "What is it?"}], %s}""".formatted(more));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    private static void checkStone(JsonNode stone) {
        assertTrue(stone.path("name").asText().codePoints().count() <= 12, stone::toPrettyString);
        assertTrue(stone.path("hardness").isInt() && stone.path("hardness").asInt() <= 10, stone::toPrettyString);
        assertTrue(stone.path("colours").size() >= 1 && stone.path("colours").size() <= 3, stone::toPrettyString);
        stone.path("colours")
                .forEach(colour -> assertTrue(List.of("red", "white").contains(colour.asText())));
        assertEquals(3, stone.size(), stone::toPrettyString);
    }

    @Test
    void aSchemaHoldsOverAnIndexAndWithout() {
        for (String path : List.of("/_generate", "/" + INDEX + "/_generate")) {
            Reply reply = ask(path, "\"response_format\": " + SCHEMA).expect(200);
            assertEquals("stop", reply.at("/generation/choices/0/finish_reason").asText());
            checkStone(json(reply.answer()));
            Reply greedy = node.post(path, """
                    {"model": "endless", "question": "Which?", "max_completion_tokens": 2000, "logprobs": true,
                     "response_format": %s}""".formatted(SCHEMA)).expect(200);
            checkStone(json(greedy.answer()));
        }
    }

    @Test
    void anAnswerIsTheSameWithDraftsAndLogprobs() {
        String format = ", \"response_format\": " + SCHEMA;
        String alone = ask("/_generate", "\"speculation\": {\"mode\": \"off\"}" + format)
                .expect(200)
                .answer();
        checkStone(json(alone));
        for (String more : List.of(
                "\"speculation\": {\"mode\": \"prompt_lookup\"}",
                "\"speculation\": {\"mode\": \"lookahead\"}",
                "\"logprobs\": true, \"top_logprobs\": 2")) {
            assertEquals(alone, ask("/_generate", more + format).expect(200).answer(), more);
        }
    }

    @Test
    void anyObjectThatIsNotCutParses() {
        int whole = 0;
        for (int seed = 0; seed < 8; seed++) {
            Reply reply = node.post("/_generate", """
                    {"model": "endless", "temperature": 1, "seed": %d, "max_completion_tokens": 3000,
                     "question": "What is it?", "response_format": {"type": "json_object"}}""".formatted(seed)).expect(200);
            if (reply.at("/generation/choices/0/finish_reason").asText().equals("stop")) {
                assertTrue(json(reply.answer()).isObject(), reply::answer);
                whole++;
            }
        }
        assertTrue(whole > 0);
    }

    @Test
    void clientsOfOpenAiSendTheSame() {
        Reply reply = ask("/_plugins/_generate/v1/chat/completions", "\"response_format\": " + SCHEMA)
                .expect(200);
        checkStone(json(reply.at("/choices/0/message/content").asText()));
        Reply wrong = ask(
                        "/_plugins/_generate/v1/chat/completions",
                        "\"response_format\": " + SCHEMA.replace("minItems", "contains"))
                .expect(400);
        assertTrue(wrong.at("/error/message").asText().contains("#/properties/colours"), wrong.body()::toString);
    }

    @Test
    void expressionsAndChoices() {
        Reply regex = ask("/_generate", "\"response_format\": {\"type\": \"regex\", \"regex\": \"[A-Z]{3}-\\\\d{4}\"}")
                .expect(200);
        assertTrue(regex.answer().matches("[A-Z]{3}-\\d{4}"), regex.answer());
        Reply choice = ask("/_generate", "\"response_format\": {\"type\": \"choice\", \"choices\": [\"yes\", \"no\"]}")
                .expect(200);
        assertTrue(List.of("yes", "no").contains(choice.answer()), choice.answer());
        Reply stopped = ask(
                        "/_generate",
                        "\"stop\": [\"-\"], \"response_format\": {\"type\": \"regex\", \"regex\": \"[A-Z]{3}-\\\\d{4}\"}")
                .expect(200);
        assertTrue(stopped.answer().matches("[A-Z]{3}"), stopped.answer());
        Reply cut = node.post(
                        "/_generate",
                        "{\"model\": \"endless\", \"question\": \"Which?\", \"max_completion_tokens\": 5,"
                                + " \"response_format\": {\"type\": \"regex\", \"regex\": \"a{50}\"}}")
                .expect(200);
        assertEquals("length", cut.at("/generation/choices/0/finish_reason").asText());
        assertEquals("aaaaa", cut.answer());
    }

    @Test
    void eachHitHasAChoiceOfItsOwn() {
        Reply reply = node.post("/" + INDEX + "/_generate", """
                {"model": "endless", "query": {"exists": {"field": "title"}}, "size": 2, "question": "Is it red?", "scope": "hit",
                 "context": {"fields": ["title", "text"]}, "max_completion_tokens": 20,
                 "response_format": {"type": "choice", "choices": ["yes", "no"]}}""").expect(200);
        assertEquals(2, reply.at("/hits/hits").size());
        for (JsonNode hit : reply.at("/hits/hits")) {
            String text = hit.at("/generated/text").asText();
            assertTrue(List.of("yes", "no").contains(text), hit::toPrettyString);
        }
    }

    @Test
    void whatAMappingAllowsCanBeIndexed() {
        Reply reply = ask(
                        "/" + INDEX + "/_generate",
                        "\"response_format\": {\"type\": \"mapping\", \"index\": \"stones\"}")
                .expect(200);
        assertEquals(
                List.of("found", "grams", "name", "owner", "place"),
                List.copyOf(json(reply.answer()).properties().stream()
                        .map(Object::toString)
                        .map(entry -> entry.split("=", 2)[0])
                        .toList()));
        node.put("/stones/_doc/1", reply.answer()).expect(201);
        Reply some = ask(
                        "/_generate",
                        "\"response_format\": {\"type\": \"mapping\", \"index\": \"stones\", \"fields\": [\"owner.age\"]}")
                .expect(200);
        assertTrue(json(some.answer()).has("owner"), some.answer());
        assertTrue(ask(
                        "/_generate",
                        "\"response_format\": {\"type\": \"mapping\", \"index\": \"stones\", \"fields\": [\"x\"]}")
                .expect(400)
                .reason()
                .contains("no field [x]"));
        ask("/_generate", "\"response_format\": {\"type\": \"mapping\", \"index\": \"nowhere\"}")
                .expect(404);
    }

    @Test
    void quotationsStandInTheDocuments() {
        int found = 0;
        for (int seed = 0; seed < 10; seed++) {
            Reply reply =
                    node.post("/" + INDEX + "/_generate", """
                    {"model": "endless", "temperature": 2, "seed": %d, "max_completion_tokens": 1000, "size": 3,
                     "query": {"match_all": {}}, "question": "What do they say?", "quotes": "verbatim",
                     "context": {"fields": ["title", "text"]}}""".formatted(seed)).expect(200);
            for (JsonNode quote : reply.at("/generation/quotes")) {
                String source = node.get(
                                "/" + INDEX + "/_source/" + quote.path("_id").asText())
                        .expect(200)
                        .at("/" + quote.path("field").asText())
                        .asText();
                assertEquals(
                        quote.path("text").asText(),
                        source.substring(
                                quote.path("start").asInt(), quote.path("end").asInt()));
                assertTrue(reply.answer().contains(quote.path("text").asText()));
                found++;
            }
        }
        assertTrue(found > 0);
        assertTrue(ask("/_generate", "\"quotes\": \"verbatim\"")
                .expect(400)
                .reason()
                .contains("[quotes]"));
    }

    @Test
    void processorsWriteWhatTheJsonSays() {
        node.put("/_ingest/pipeline/guided", """
                {"processors": [{"generate": {"model": "endless", "field": "text", "target_field": "stone",
                  "max_tokens": 2000, "response_format": %s}}]}""".formatted(SCHEMA)).expect(200);
        Reply written = node.post(
                        "/_ingest/pipeline/guided/_simulate", "{\"docs\": [{\"_source\": {\"text\": \"A stone.\"}}]}")
                .expect(200);
        checkStone(written.at("/docs/0/doc/_source/stone"));
        node.put("/_ingest/pipeline/mapped", """
                {"processors": [{"generate": {"model": "endless", "field": "text", "target_field": "stone",
                  "max_tokens": 1000, "response_format": {"type": "mapping", "index": "stones", "fields": ["grams", "found"]}}}]}""").expect(200);
        Reply mapped = node.post(
                        "/_ingest/pipeline/mapped/_simulate", "{\"docs\": [{\"_source\": {\"text\": \"A stone.\"}}]}")
                .expect(200);
        assertTrue(mapped.at("/docs/0/doc/_source/stone").has("grams"), mapped.body()::toPrettyString);
        node.put("/_ingest/pipeline/wrong", """
                {"processors": [{"generate": {"field": "text", "target_field": "stone",
                  "response_format": {"type": "regex", "regex": "(?=a)"}}}]}""").expect(400);
    }

    @Test
    void whatCannotBeKeptIsRefused() {
        String[][] all = {
            {"{\"type\": \"xml\"}", "json_object"},
            {"{\"type\": \"regex\", \"regex\": \"(a|b)*a(a|b){20}\"}", "too complex"},
            {"{\"type\": \"json_schema\", \"json_schema\": {\"schema\": {\"not\": {}}}}", "[not]"},
            {"{\"type\": \"json_schema\", \"json_schema\": {\"schema\": {\"$ref\": \"#\"}}}", "finite"},
        };
        for (String[] each : all) {
            Reply reply = ask("/_generate", "\"response_format\": " + each[0]).expect(400);
            assertTrue(reply.reason().contains(each[1]), reply.reason());
        }
    }
}
