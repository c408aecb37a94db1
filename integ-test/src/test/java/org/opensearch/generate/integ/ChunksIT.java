// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Documents cut into chunks when they are indexed, and answers over the chunks that match. */
@ExtendWith(NodeExtension.class)
class ChunksIT {
    private static final int LIMIT = 60;
    private static final String TEXT = "The granite of the north is old. Its grains can be seen without a lens. "
            + "The hardest mineral of the hill is quartz. It scratches glass. "
            + "The chalk of the south is soft. Rain washes it away.";

    private final Node node;

    ChunksIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
        node.put("/_ingest/pipeline/chunks", """
                {"processors": [{"generate_chunk": {"field_map": {"text": "chunks"}, "ignore_missing": true,
                  "algorithm": {"fixed_token_length": {"token_limit": %d, "overlap_rate": 0.3}}}}]}""".formatted(LIMIT)).expect(200);
        node.put("/hills", """
                {"settings": {"number_of_replicas": 0, "default_pipeline": "chunks"},
                 "mappings": {"properties": {"chunks": {"type": "nested"}}}}""").expect(200);
        String bulk = "{\"index\": {\"_id\": \"hill\"}}\n{\"title\": \"The hill\", \"text\": \"" + TEXT + "\"}\n"
                + "{\"index\": {\"_id\": \"bare\"}}\n{\"title\": \"Nothing to cut\"}\n";
        Reply reply = node.post("/hills/_bulk?refresh=true", bulk).expect(200);
        assertEquals(201, reply.at("/items/0/index/status").asInt(), reply.body()::toPrettyString);
        assertEquals(201, reply.at("/items/1/index/status").asInt(), reply.body()::toPrettyString);
    }

    private JsonNode chunks() {
        return node.get("/hills/_doc/hill").expect(200).at("/_source/chunks");
    }

    @Test
    void chunkingByTheModelsTokenizer() {
        StringBuilder whole = new StringBuilder();
        int end = 0;
        for (JsonNode chunk : chunks()) {
            String text = chunk.path("text").asText();
            int start = chunk.path("start").asInt();
            assertEquals(TEXT.substring(start, chunk.path("end").asInt()), text);
            assertEquals(text.length(), chunk.path("tokens").asInt(), "this model has a token a byte");
            assertTrue(text.length() <= LIMIT, text);
            assertTrue(start <= end, text);
            whole.append(text.substring(end - start));
            end = chunk.path("end").asInt();
        }
        assertEquals(TEXT, whole.toString());
        assertTrue(chunks().size() > 3);
        assertTrue(node.get("/hills/_doc/bare").at("/_source/chunks").isMissingNode());
    }

    @Test
    void theMatchedChunkAsContextWithItsNeighbors() {
        Reply alone = ask(0);
        assertEquals(NodeExtension.SCRIPT, alone.answer());
        JsonNode citation = alone.at("/generation/citations/0");
        assertTrue(citation.path("field").asText().matches("chunks\\[\\d]\\.text"), citation::toPrettyString);
        int place = citation.path("field").asText().charAt("chunks[".length()) - '0';
        assertTrue(chunks().at("/" + place + "/text").asText().contains("quartz"), citation::toPrettyString);
        int tokens = alone.at("/generation/context/tokens").asInt();
        int neighbors = ask(1).at("/generation/context/tokens").asInt();
        int all = ask(100).at("/generation/context/tokens").asInt();
        assertTrue(tokens < neighbors && neighbors < all, tokens + " < " + neighbors + " < " + all);
        assertEquals(neighbors, ask(-1).at("/generation/context/tokens").asInt(), "one neighbour is the default");
    }

    private Reply ask(int neighbors) {
        return node.post("/hills/_generate", """
                {"question": "What is the hardest mineral of the hill?",
                 "query": {"nested": {"path": "chunks", "inner_hits": {"size": 1},
                           "query": {"match": {"chunks.text": "hardest mineral quartz"}}}},
                 "context": {"fields": ["chunks.text"]%s}}""".formatted(neighbors < 0 ? "" : ", \"neighbors\": " + neighbors))
                .expect(200);
    }
}
