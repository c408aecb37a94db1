// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.opensearch.generate.benchmarks.results.Json;

/** The far side: an HTTP server that counts words as tokens and answers every prompt with numbered words. */
public final class LocalServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    /** What was asked, in order of arrival. */
    final ConcurrentLinkedQueue<String> paths = new ConcurrentLinkedQueue<>();

    final ConcurrentLinkedQueue<JsonNode> bodies = new ConcurrentLinkedQueue<>();

    public LocalServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            JsonNode body = text.isEmpty() ? Json.object() : Json.parse("the request", text);
            paths.add(exchange.getRequestMethod() + " " + path);
            bodies.add(body);
            switch (path) {
                case "/v1/chat/completions" -> chat(exchange, body);
                case "/v1/completions" -> send(exchange, 200, "application/json", completion(body));
                case "/_generate" -> send(exchange, 200, "application/json", generation(body));
                case "/broken/completions" ->
                    send(exchange, 200, "text/event-stream", "data: {\"choices\":[{\"text\":\"a\"}]}\n\n");
                case "/wrong/completions" ->
                    send(exchange, 200, "text/event-stream", "data: {\"error\":{\"message\":\"out of pages\"}}\n\n");
                case "/island/_search" -> send(exchange, 200, "application/json", "{\"hits\":{\"hits\":[]}}");
                case "/_plugins/_generate/stats" -> send(exchange, 200, "application/json", stats());
                case "/_plugins/_generate/models/small/_load", "/_plugins/_generate/models/small/_unload" ->
                    send(exchange, 200, "application/json", "{}");
                default -> send(exchange, 404, "application/json", "{\"error\":\"nothing here\"}");
            }
        }
    }

    private static void chat(HttpExchange exchange, JsonNode body) throws IOException {
        int tokens = body.path("max_tokens").asInt();
        List<String> events = new ArrayList<>();
        events.add("{\"model\":\"small\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
        for (int i = 0; i < tokens; i++) {
            events.add("{\"choices\":[{\"delta\":{\"content\":\"w" + i + " \"},\"finish_reason\":null}]}");
        }
        events.add("{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}");
        events.add("{\"choices\":[]," + usage(body, tokens) + "}");
        events.add("[DONE]");
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (String event : events) {
                out.write(("data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        }
    }

    private static String completion(JsonNode body) {
        return "{\"model\":\"small\",\"choices\":[{\"text\":\"w0 w1\",\"finish_reason\":\"stop\"}]," + usage(body, 2)
                + "}";
    }

    private static String generation(JsonNode body) {
        int tokens = body.path("max_completion_tokens").asInt();
        return "{\"took\":5,\"generation\":{\"model\":\"small\",\"choices\":[{\"message\":{\"role\":\"assistant\","
                + "\"content\":\"w0 w1\"},\"finish_reason\":\"length\"}]," + usage(body, tokens)
                + ",\"timings\":{\"retrieve_ms\":2.0,\"queue_ms\":1.0,\"prefill_ms\":3.0,\"ttft_ms\":4.0,"
                + "\"decode_tokens_per_second\":50.0}}}";
    }

    private static String usage(JsonNode body, int newTokens) {
        String prompt = body.path("prompt").asText("") + " "
                + String.join(" ", body.path("messages").findValuesAsText("content"));
        return "\"usage\":{\"prompt_tokens\":" + Prompts.words(prompt) + ",\"completion_tokens\":" + newTokens
                + ",\"prompt_tokens_details\":{\"cached_tokens\":3}}";
    }

    private static String stats() {
        return "{\"nodes\":{\"x\":{\"models\":{\"small\":{\"latency\":{\"inter_token\":"
                + "{\"count\":9,\"p50_ms\":20.0,\"p95_ms\":30.0,\"p99_ms\":40.0}}}}}}}";
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
