// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hits are generated for where they are: three nodes hold shards, two of them have the models. */
@ExtendWith(ClusterNodes.class)
class ScopeClusterIT {
    private static final String INDEX = "stones-cluster";
    private static final String SPREAD = "minerals-cluster";
    private static final int STONES = 24;
    private static final int WITH_MODELS = ClusterNodes.WITH_MODELS;
    private static final String CONTEXT = "\"context\": {\"fields\": [\"title\", \"text\"]}";
    private static final String BODY = "{\"model\": \"endless\", \"question\": \"What is it?\", \"query\": %s, "
            + "\"size\": %d, \"max_completion_tokens\": %d, \"temperature\": 1, \"seed\": 5, \"logprobs\": true, "
            + CONTEXT + "%s}";

    private final Cluster cluster;

    ScopeClusterIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void prepare(Cluster cluster) {
        Stones.index(cluster.node(0), INDEX, STONES, 6);
        Stones.spread(cluster.node(0), SPREAD, 6);
    }

    @BeforeEach
    void green() {
        cluster.node(0)
                .get("/_cluster/health?wait_for_status=green&timeout=60s")
                .expect(200);
    }

    @Test
    void nodesGenerateForTheirOwnShards() {
        Map<String, Integer> holds = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        for (JsonNode node :
                cluster.node(0).get("/_cat/nodes?format=json&full_id&h=id,name").body()) {
            names.put(node.path("id").asText(), node.path("name").asText());
        }
        Reply found = cluster.node(0)
                .post("/" + INDEX + "/_search", "{\"explain\": true, \"size\": 24, \"query\": {\"match_all\": {}}}")
                .expect(200);
        for (JsonNode hit : found.at("/hits/hits")) {
            holds.merge(names.getOrDefault(hit.path("_node").asText(), "?"), 1, Integer::sum);
        }
        assertEquals(3, holds.size(), holds::toString);
        Map<String, Long> before = answered();
        Reply reply = cluster.node(0)
                .post(
                        "/" + INDEX + "/_generate",
                        BODY.formatted("{\"match_all\": {}}", STONES, 12, ", \"scope\": \"hit\""))
                .expect(200);
        Map<String, Long> after = answered();
        assertEquals(STONES, reply.at("/generation/hits/successful").asInt(), reply.body()::toPrettyString);
        long all = 0;
        for (int i = 0; i < WITH_MODELS; i++) {
            String name = Cluster.name(i);
            long here = after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
            assertTrue(here >= holds.getOrDefault(name, 0), name + " answered " + here + ", holds " + holds);
            all += here;
        }
        assertEquals(STONES, all, "hits of the node without models are generated for elsewhere");
        for (int i = 0; i < STONES; i++) {
            JsonNode hit = reply.at("/hits/hits/" + i);
            assertEquals(found.at("/hits/hits/" + i + "/_id"), hit.path("_id"), "the order is the search's");
            String id = hit.path("_id").asText();
            for (int node = 0; node < WITH_MODELS; node++) {
                Reply alone = cluster.node(node)
                        .post(
                                "/" + INDEX + "/_generate",
                                BODY.formatted("{\"ids\": {\"values\": [\"" + id + "\"]}}", 1, 12, ""))
                        .expect(200);
                assertEquals(alone.answer(), hit.at("/generated/text").asText(), id);
                assertEquals(alone.at("/generation/choices/0/logprobs"), hit.at("/generated/logprobs"), id);
            }
        }
    }

    @Test
    void aNodeWithoutTheModelCanBeAsked() {
        Reply reply = cluster.node(2)
                .post(
                        "/" + INDEX + "/_generate",
                        BODY.formatted("{\"match_all\": {}}", STONES, 4, ", \"scope\": \"hit\""))
                .expect(200);
        assertEquals(STONES, reply.at("/generation/hits/successful").asInt(), reply.body()::toPrettyString);
    }

    @Test
    void shardsAreCondensedWhereTheyAre() {
        Reply reply = cluster.node(0)
                .post(
                        "/" + SPREAD + "/_generate",
                        "{\"query\": {\"match_all\": {}}, \"size\": 12, \"question\": \"What is the hardest mineral?\", "
                                + "\"scope\": \"shard\", " + CONTEXT + "}")
                .expect(200);
        assertEquals(NodeExtension.SCRIPT, reply.answer());
        JsonNode citation = reply.at("/generation/citations/0");
        String stored = cluster.node(1)
                .get("/" + SPREAD + "/_doc/quartz")
                .at("/_source/text")
                .asText();
        assertEquals(
                "The hardest mineral of the hill is quartz.",
                stored.substring(
                        citation.path("start").asInt(), citation.path("end").asInt()));
        assertTrue(reply.at("/generation/shards").size() > 2, reply.body()::toPrettyString);
    }

    /** The search is over when the node dies; what it had to generate is generated elsewhere. */
    @Test
    void aNodeThatDiesLosesNoHit() throws Exception {
        CompletableFuture<HttpResponse<String>> answers = cluster.node(0)
                .postAsync(
                        "/" + INDEX + "/_generate",
                        BODY.formatted("{\"match_all\": {}}", STONES, 400, ", \"scope\": \"hit\""));
        Node.await("the second node to generate", Asking.SOON, () -> running(1) > 0);
        cluster.node(1).kill();
        Reply reply = Node.reply(answers.get(2, TimeUnit.MINUTES));
        ClusterNodes.revive(cluster, List.of(1));
        reply.expect(200);
        assertEquals(STONES, reply.at("/generation/hits/successful").asInt(), reply.body()::toPrettyString);
        for (JsonNode hit : reply.at("/hits/hits")) {
            assertEquals("length", hit.at("/generated/finish_reason").asText());
        }
    }

    private int running(int node) {
        return stats(cluster.node(node), Cluster.name(node))
                .at("/models/endless/requests/running")
                .asInt();
    }

    /** Answers that ended since each node started, by its name. */
    private Map<String, Long> answered() {
        Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < WITH_MODELS; i++) {
            long count = 0;
            for (JsonNode reason : stats(cluster.node(0), Cluster.name(i)).at("/models/endless/requests/finished")) {
                count += reason.asLong();
            }
            counts.put(Cluster.name(i), count);
        }
        return counts;
    }

    private static JsonNode stats(Node asked, String name) {
        for (JsonNode node : asked.get("/_plugins/_generate/stats").expect(200).at("/nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node;
            }
        }
        throw new AssertionError("no statistics of " + name);
    }
}
