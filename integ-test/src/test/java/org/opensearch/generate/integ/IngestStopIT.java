// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A node that is stopped while it ingests. */
class IngestStopIT {
    private static final int DOCUMENTS = 200;

    private static String pipeline(int maxTokens) {
        return "{\"processors\": [{\"generate\": {\"field\": \"body\", \"target_field\": \"summary\","
                + " \"max_tokens\": " + maxTokens + "}}]}";
    }

    private static String bulk(int documents) {
        StringBuilder bulk = new StringBuilder();
        for (int i = 0; i < documents; i++) {
            bulk.append("{\"index\": {\"_id\": \"" + i + "\"}}\n{\"body\": \"Number " + i + ".\"}\n");
        }
        return bulk.toString();
    }

    private static long count(Node node, String query) {
        node.post("/kept/_refresh", "").expect(200);
        return node.get("/kept/_count?q=" + query).expect(200).at("/count").asLong();
    }

    private static JsonNode requests(Node node) {
        return Asking.stats(node, "endless").at("/requests");
    }

    @Test
    void whatIsSentAgainAfterAStopCostsOnlyWhatIsMissing() throws IOException {
        try (Node node = Node.install()) {
            TinyModel.endless(node.models().resolve("endless.gguf"));
            node.start(Map.of());
            Asking.load(node, "endless");
            node.put("/kept", "{\"settings\": {\"number_of_replicas\": 0}}").expect(200);
            node.put("/_ingest/pipeline/some", pipeline(3)).expect(200);
            node.post("/kept/_bulk?pipeline=some", bulk(50)).expect(200);
            node.put("/_ingest/pipeline/slow", pipeline(3000)).expect(200);
            CompletableFuture<HttpResponse<String>> broken =
                    node.postAsync("/kept/_bulk?pipeline=slow", bulk(DOCUMENTS));
            Node.await(
                    "documents in the engine",
                    Asking.SOON,
                    () -> requests(node).path("running").asInt() > 0);
            node.restart(Map.of());
            broken.exceptionally(dropped -> null).join();
            Node.await(
                    "the index",
                    Asking.LOAD_LIMIT,
                    () -> node.get("/kept/_count").status() == 200);
            assertEquals(count(node, "*"), count(node, "_exists_:summary_hash"), "whole documents only");
            assertEquals(50, count(node, "*"));

            Reply again =
                    node.post("/kept/_bulk?pipeline=some", bulk(DOCUMENTS)).expect(200);
            assertFalse(again.at("/errors").asBoolean(), again.body()::toPrettyString);
            assertEquals(DOCUMENTS, count(node, "_exists_:summary_hash"));
            assertEquals(
                    DOCUMENTS - 50, requests(node).at("/finished/length").asLong(), "what was stored costs nothing");
        }
    }
}
