// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What a node with this project's plugin tells of itself. */
final class Node {
    private static final String ADMIN = "/_plugins/_generate/";
    private final Client client;
    private final String model;

    Node(Client client, String model) {
        this.client = client;
        this.model = model;
    }

    /** Loads the model anew, so that its statistics start from nothing and its prefix cache is empty. */
    void reload() {
        client.call("POST", ADMIN + "models/" + model + "/_unload");
        client.call("POST", ADMIN + "models/" + model + "/_load");
    }

    /** The time between tokens since the model was loaded, in milliseconds; empty if no token followed another. */
    Optional<Spread> interToken() {
        for (JsonNode node : client.call("GET", ADMIN + "stats").path("nodes")) {
            JsonNode latency = node.path("models").path(model).path("latency").path("inter_token");
            if (latency.path("count").asLong() > 0) {
                return Optional.of(new Spread(
                        latency.path("count").asLong(),
                        latency.path("p50_ms").asDouble(),
                        latency.path("p95_ms").asDouble(),
                        latency.path("p99_ms").asDouble()));
            }
        }
        return Optional.empty();
    }
}
