// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What requests may not leave behind. */
final class Leftovers {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Leftovers() {}

    /** Waits until nothing is left on any node of a cluster. */
    static void awaitNone(Cluster cluster, int nodes) {
        List<String> found = new ArrayList<>();
        try {
            Node.await("nothing to be left", LIMIT, () -> {
                found.clear();
                for (int number = 0; number < nodes; number++) {
                    find(cluster.node(number), Cluster.name(number) + ": ", found);
                }
                return found.isEmpty();
            });
        } catch (AssertionError e) {
            throw new AssertionError("left behind: " + found, e);
        }
    }

    private static void find(Node node, String where, List<String> found) {
        JsonNode tasks = node.get("/_tasks?nodes=_local&actions=*generate*,indices:data/*&detailed")
                .expect(200)
                .at("/nodes");
        if (!tasks.isEmpty()) {
            found.add(where + "tasks " + tasks);
        }
        long bytes = 0;
        JsonNode models = node.get("/_plugins/_generate/stats/_local")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .path("models");
        for (Map.Entry<String, JsonNode> model : models.properties()) {
            JsonNode stats = model.getValue();
            bytes += stats.at("/memory/total_bytes").asLong();
            for (String pointer : List.of("/requests/running", "/requests/queued", "/pages/used")) {
                zero(where + model.getKey() + pointer, stats.at(pointer), found);
            }
        }
        JsonNode stats = node.get("/_nodes/_local/stats/breaker,thread_pool,indexing_pressure,indices/search")
                .expect(200)
                .at("/nodes")
                .elements()
                .next();
        long counted = stats.at("/breakers/generate/estimated_size_in_bytes").asLong();
        if (counted != bytes) {
            found.add(where + "the breaker counts " + counted + " bytes, the models take " + bytes);
        }
        zero(where + "open contexts", stats.at("/indices/search/open_contexts"), found);
        zero(where + "bytes being indexed", stats.at("/indexing_pressure/memory/current/all_in_bytes"), found);
        for (Map.Entry<String, JsonNode> pool : stats.path("thread_pool").properties()) {
            if (pool.getKey().startsWith("generate")) {
                zero(where + pool.getKey() + " threads at work", pool.getValue().path("active"), found);
                zero(where + pool.getKey() + " queue", pool.getValue().path("queue"), found);
            }
        }
    }

    private static void zero(String what, JsonNode value, List<String> found) {
        if (!value.isNumber() || value.asLong() != 0) {
            found.add(what + " " + value);
        }
    }
}
