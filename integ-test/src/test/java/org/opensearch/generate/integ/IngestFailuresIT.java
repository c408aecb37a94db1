// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Documents that are not as a pipeline would have them. */
@ExtendWith(NodeExtension.class)
class IngestFailuresIT {
    private static final String SUMMARY =
            "\"field\": \"body\", \"target_field\": \"summary\", \"prompt\": \"Summarise: {{body}}\"";
    private static final String LARGE = "A sentence of a long report. ".repeat(3500);

    private final Node node;

    IngestFailuresIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
    }

    @BeforeEach
    void freshIndex() {
        node.delete("/odd");
        node.put(
                        "/odd",
                        "{\"settings\": {\"number_of_replicas\": 0}, \"mappings\": {\"properties\": {\"body\": {\"type\": \"text\"}}}}")
                .expect(200);
    }

    private void pipeline(String name, String... processors) {
        node.put("/_ingest/pipeline/" + name, "{\"processors\": [" + String.join(", ", processors) + "]}")
                .expect(200);
    }

    private static String generate(String options) {
        return "{\"generate\": {" + options + "}}";
    }

    private Reply index(String id, String pipeline, String source) {
        return node.put("/odd/_doc/" + id + "?pipeline=" + pipeline, source);
    }

    private JsonNode stored(String id) {
        return node.get("/odd/_doc/" + id).expect(200).at("/_source");
    }

    @Test
    void eachFailureStandsAtItsDocumentsPlaceInTheReply() {
        pipeline("single", generate(SUMMARY + ", \"batch_size\": 1"));
        StringBuilder bulk = new StringBuilder();
        List<Integer> expected = new ArrayList<>();
        Map<Integer, String> bodies = Map.of(
                201, "{\"body\": \"Fits.\"}", 413, "{\"body\": \"" + LARGE + "\"}", 400, "{\"title\": \"No body\"}");
        for (int i = 0; i < 24; i++) {
            int status = List.of(413, 201, 400, 201).get(i % 4);
            expected.add(status);
            bulk.append("{\"index\": {\"_id\": \"" + i + "\"}}\n")
                    .append(bodies.get(status))
                    .append('\n');
        }
        Reply reply = node.post("/odd/_bulk?pipeline=single", bulk.toString()).expect(200);
        for (int i = 0; i < expected.size(); i++) {
            JsonNode item = reply.at("/items/" + i + "/index");
            assertEquals(Integer.toString(i), item.path("_id").asText());
            assertEquals(expected.get(i), item.path("status").asInt(), item::toPrettyString);
            assertEquals(
                    expected.get(i) == 201 ? 200 : 404,
                    node.get("/odd/_doc/" + i).status());
        }
    }

    @Test
    void aDocumentOfAHundredKilobytesIsCutIntoChunksThatAreEachSummarised() {
        assertTrue(LARGE.length() > 100_000);
        pipeline(
                "chunked",
                "{\"generate_chunk\": {\"field_map\": {\"body\": \"parts\"},"
                        + " \"algorithm\": {\"fixed_token_length\": {\"token_limit\": 7000}}}}",
                "{\"foreach\": {\"field\": \"parts\", \"processor\": "
                        + generate("\"field\": \"_ingest._value.text\", \"target_field\": \"_ingest._value.summary\"")
                        + "}}");
        index("1", "chunked", "{\"body\": \"" + LARGE + "\"}").expect(201);
        JsonNode parts = stored("1").at("/parts");
        assertTrue(parts.size() > LARGE.length() / 7000, () -> parts.size() + " parts");
        for (JsonNode part : parts) {
            assertEquals(NodeExtension.SCRIPT, part.path("summary").asText());
            assertEquals(43, part.path("summary_hash").asText().length());
        }
    }

    @Test
    void nullsNumbersListsAndObjectsAreReadAsWhatTheyAre() {
        pipeline("plain", generate("\"field\": \"body\", \"target_field\": \"summary\""));
        index("null", "plain", "{\"body\": null}").expect(400);
        index("empty", "plain", "{\"body\": \"\"}").expect(400);
        index("list", "plain", "{\"body\": []}").expect(400);
        index("number", "plain", "{\"body\": 1862}").expect(201);
        index("object", "plain", "{\"body\": {\"text\": \"The path ends before.\"}}")
                .expect(400);
        index("texts", "plain", "{\"body\": [\"One.\", null, 2]}").expect(201);
        assertEquals(NodeExtension.SCRIPT, stored("texts").path("summary").asText());
        assertEquals(3, stored("texts").path("body").size());
    }

    @Test
    void aFailureHandlerMayAskAnotherModel() {
        pipeline(
                "fallback", generate(SUMMARY + ", \"model\": \"nobody\", \"on_failure\": [" + generate(SUMMARY) + "]"));
        Reply reply = node.post(
                        "/odd/_bulk?pipeline=fallback",
                        "{\"index\": {\"_id\": \"1\"}}\n{\"body\": \"b\"}\n{\"index\": {\"_id\": \"2\"}}\n{\"x\": 1}\n")
                .expect(200);
        assertEquals(201, reply.at("/items/0/index/status").asInt(), reply.body()::toPrettyString);
        assertEquals(NodeExtension.SCRIPT, stored("1").path("summary").asText());
        assertEquals(400, reply.at("/items/1/index/status").asInt(), reply.body()::toPrettyString);
    }

    @Test
    void aChangedPromptMakesTextsAnewAndLeavesNoneOfTheOld() {
        pipeline("changing", generate(SUMMARY));
        index("1", "changing", "{\"body\": \"b\"}").expect(201);
        String first = stored("1").path("summary_hash").asText();
        index("1", "changing", "{\"body\": \"b\"}").expect(200);
        assertEquals(first, stored("1").path("summary_hash").asText());
        pipeline("changing", generate(SUMMARY.replace("Summarise", "Condense") + ", \"max_tokens\": 2"));
        node.post("/odd/_refresh", "").expect(200);
        node.post("/odd/_update_by_query?pipeline=changing", "").expect(200);
        assertEquals("Qu", stored("1").path("summary").asText());
        assertFalse(first.equals(stored("1").path("summary_hash").asText()));
        assertEquals(3, stored("1").size());
    }
}
