// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hits as server-sent events. */
@ExtendWith(StreamingNode.class)
class ScopeStreamIT {
    private static final String SPREAD = "minerals-stream-shards";
    private static final String REST = ", \"query\": {\"match_all\": {}}, \"size\": 12, \"stream\": true, "
            + "\"context\": {\"fields\": [\"title\", \"text\"]}}";

    private final Node node;

    ScopeStreamIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Stones.spread(node, SPREAD, 4);
    }

    @Test
    void eachHitIsAnEvent() {
        String body = "{\"question\": \"What is it?\", \"scope\": \"hit\"" + REST;
        List<JsonNode> events = Events.whole(node.postLines("/" + SPREAD + "/_generate", body));
        assertEquals(14, events.size(), events::toString);
        JsonNode first = events.getFirst();
        assertEquals(12, first.at("/hits/hits").size());
        Map<Integer, String> texts = new TreeMap<>();
        for (JsonNode event : events.subList(1, 13)) {
            assertEquals(first.path("id"), event.path("id"));
            assertEquals("scripted", event.path("model").asText());
            int place = event.at("/hit/index").asInt();
            assertEquals(place, event.at("/choices/0/index").asInt());
            assertEquals(first.at("/hits/hits/" + place + "/_id"), event.at("/hit/_id"));
            assertEquals("stop", event.at("/choices/0/finish_reason").asText());
            texts.put(place, event.at("/choices/0/delta/content").asText());
            assertEquals(
                    event.at("/hit/_id").asText().equals("quartz") ? 1 : 0,
                    event.at("/citations").size());
        }
        JsonNode last = events.getLast();
        assertEquals(12, last.at("/hits/successful").asInt(), last::toPrettyString);
        assertTrue(last.at("/usage/total_tokens").asInt() > 0);
        Reply whole = node.post("/" + SPREAD + "/_generate", body.replace(", \"stream\": true", ""))
                .expect(200);
        for (int i = 0; i < 12; i++) {
            assertEquals(whole.at("/hits/hits/" + i + "/generated/text").asText(), texts.get(i));
        }
    }

    @Test
    void aHitThatFailsIsAnEvent() {
        List<JsonNode> events = Events.whole(node.postLines(
                "/" + StreamingNode.INDEX + "/_generate", "{\"question\": \"What is it?\", \"scope\": \"hit\"" + REST));
        JsonNode failed = events.stream()
                .filter(event -> event.at("/hit/_id").asText().equals("nested"))
                .findFirst()
                .orElseThrow();
        assertEquals(0, failed.path("choices").size());
        assertEquals(400, failed.at("/hit/status").asInt(), failed::toPrettyString);
        assertEquals(1, events.getLast().at("/hits/failed").asInt());
    }

    @Test
    void theAnswerOverShardsCitesTheDocuments() {
        List<JsonNode> events = Events.whole(node.postLines(
                "/" + SPREAD + "/_generate",
                "{\"question\": \"What is the hardest mineral?\", \"scope\": \"shard\"" + REST));
        assertEquals(NodeExtension.SCRIPT, Events.text(events));
        JsonNode citation = events.stream()
                .filter(event -> event.has("citations"))
                .findFirst()
                .orElseThrow()
                .at("/citations/0");
        String stored =
                node.get("/" + SPREAD + "/_doc/quartz").at("/_source/text").asText();
        assertEquals(
                "The hardest mineral of the hill is quartz.",
                stored.substring(
                        citation.path("start").asInt(), citation.path("end").asInt()));
    }

    @Test
    void rerankedHitsCannotBeStreamed() {
        node.post("/" + SPREAD + "/_generate", "{\"question\": \"x\", \"rerank\": true, \"stream\": true}")
                .expect(400);
    }
}
