// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.opensearch.generate.benchmarks.results.Json;

/** One client of a node, with a kept-alive connection of its own. */
public final class Http implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long LOAD_SECONDS = 300;
    private final URI node;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Duration limit;

    /** A client that waits two minutes for each reply. */
    public Http(URI node) {
        this(node, LIMIT);
    }

    /** A client that waits so long for each reply. */
    public Http(URI node, Duration limit) {
        this.node = node;
        this.limit = limit;
    }

    /** What came: a status and JSON. */
    public record Reply(int status, JsonNode body) {}

    /** Asks, whatever the status. Throws {@link IOException} if nothing comes or it is no JSON. */
    public Reply ask(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request(method, path, body), BodyHandlers.ofString());
        try {
            return new Reply(response.statusCode(), Json.parse(path, response.body()));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Asks for what must succeed. Throws {@link IOException} with the node's own words if it does not. */
    public JsonNode call(String method, String path, String body) throws IOException, InterruptedException {
        Reply reply = ask(method, path, body);
        if (reply.status() / 100 != 2) {
            throw new IOException(method + " " + path + ": status " + reply.status() + ": " + reply.body());
        }
        return reply.body();
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return call("GET", path, "");
    }

    /** Posts and gives the reply as it comes; closing it drops the connection. */
    public InputStream stream(String path, String body) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = client.send(request("POST", path, body), BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            response.body().close();
            throw new IOException("POST " + path + ": status " + response.statusCode());
        }
        return response.body();
    }

    /** Loads a model of the node's. Throws {@link IllegalArgumentException} if that takes too long. */
    public void loadModel(String model) throws IOException, InterruptedException {
        String models = "/_plugins/_generate/models";
        call("POST", models + "/" + model + "/_load", "");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOAD_SECONDS);
        while (System.nanoTime() < deadline) {
            for (JsonNode candidate : get(models).path("models")) {
                if (candidate.path("id").asText().equals(model)
                        && candidate.path("state").asText().equals("loaded")) {
                    return;
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
        throw new IllegalArgumentException("model " + model + " was not loaded within " + LOAD_SECONDS + " s");
    }

    private HttpRequest request(String method, String path, String body) {
        boolean lines = path.contains("_bulk") || path.contains("_mgenerate");
        return HttpRequest.newBuilder(node.resolve(path))
                .header("Content-Type", lines ? "application/x-ndjson" : "application/json")
                .timeout(limit)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
