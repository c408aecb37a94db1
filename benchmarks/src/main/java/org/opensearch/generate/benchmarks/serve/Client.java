// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.opensearch.generate.benchmarks.results.Json;

/** Asks a server, one request a thread. What goes wrong is part of the {@link Exchange}, never thrown. */
final class Client implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final String DONE = "[DONE]";
    private static final int TOLD_CHARS = 300;

    private final Target target;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .executor(threads)
            .build();

    Client(Target target) {
        this.target = target;
    }

    Target target() {
        return target;
    }

    /** Sends a prompt and reads its answer to the end. An interrupt breaks it off. */
    Exchange answer(int request, Prompt prompt, int newTokens) {
        return exchange(request, target.url(), target.api().body(target, prompt, newTokens));
    }

    /** Searches for the words of a question in {@link Target#search()}. */
    Exchange search(int request, String question) {
        ObjectNode body = Json.object().put("size", 4);
        body.putObject("query").putObject("simple_query_string").put("query", question);
        URI url = target.search()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the scenario searches: name the index with --search-url http://HOST:PORT/INDEX/_search"));
        return exchange(request, url, body);
    }

    private Exchange exchange(int request, URI url, ObjectNode body) {
        Reply reply = new Reply();
        Optional<String> error;
        boolean cut = false;
        long sent = System.nanoTime();
        try {
            HttpResponse<InputStream> response =
                    http.send(post(url, body.toString()), HttpResponse.BodyHandlers.ofInputStream());
            error = read(response, reply);
        } catch (InterruptedException e) {
            cut = true;
            error = Optional.empty();
        } catch (IOException e) {
            cut = Thread.currentThread().isInterrupted() || e.getCause() instanceof InterruptedException;
            error = cut ? Optional.empty() : Optional.of(told(e));
        } catch (IllegalArgumentException e) {
            error = Optional.of(String.valueOf(e.getMessage()));
        }
        return new Exchange(request, sent, System.nanoTime(), reply, error, cut);
    }

    private static Optional<String> read(HttpResponse<InputStream> response, Reply reply) throws IOException {
        try (InputStream in = response.body()) {
            String type = response.headers().firstValue("Content-Type").orElse("");
            if (response.statusCode() == 200 && type.startsWith("text/event-stream")) {
                return readEvents(new EventStream(in), reply);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (response.statusCode() != 200) {
                String shown = text.length() > TOLD_CHARS ? text.substring(0, TOLD_CHARS) + "…" : text;
                return Optional.of("status " + response.statusCode() + ": " + shown);
            }
            return reply.add(Json.parse("the reply", text));
        }
    }

    private static Optional<String> readEvents(EventStream events, Reply reply) throws IOException {
        for (Optional<String> data = events.next(); data.isPresent(); data = events.next()) {
            long now = System.nanoTime();
            if (data.get().equals(DONE)) {
                return Optional.empty();
            }
            Optional<String> error = reply.addChunk(Json.parse("an event", data.get()), now);
            if (error.isPresent()) {
                return error;
            }
        }
        return reply.finish().isEmpty() ? Optional.of("the stream ended before its answer") : Optional.empty();
    }

    /** Another path of the server, with GET, or with POST and no body. Throws {@link IllegalArgumentException} with its error. */
    JsonNode call(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(target.url().resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalArgumentException(
                        method + " " + path + ": status " + response.statusCode() + ": " + response.body());
            }
            return Json.parse(path, response.body());
        } catch (IOException e) {
            throw new IllegalArgumentException(method + " " + path + ": " + told(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalArgumentException(method + " " + path + ": interrupted", e);
        }
    }

    private static HttpRequest post(URI url, String body) {
        return HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static String told(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }
}
