// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.opensearch.generate.benchmarks.node.Http;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.serve.EventStream;

/**
 * Sends one request of a kind and checks what comes: the same question must get the same text each time, however it is asked. Any
 * thread's.
 */
final class Requests {
    /** Documents of a bulk request, and questions of a request of many. */
    private static final int DOCUMENTS = 8;

    private static final int QUESTIONS = 4;
    /** Documents are written over and over, so that the index stays as large as it is. */
    private static final int IDS = 400;

    private final Scene scene;
    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final AtomicLong documents = new AtomicLong();

    Requests(Scene scene) {
        this.scene = scene;
    }

    /** Documents that were written. */
    long documents() {
        return documents.get();
    }

    /** How many there must be in the index in the end. */
    long distinctDocuments() {
        return Math.min(documents.get(), IDS);
    }

    /** Throws {@link IOException} if what came is not what was wanted. */
    void send(Http http, Kind kind, long number) throws IOException, InterruptedException {
        String question = question(number);
        switch (kind) {
            case SEARCH ->
                http.call(
                        "POST", "/" + Scene.READ + "/_search", search(question).toString());
            case BULK -> bulk(http);
            case QUESTION ->
                same(
                        question,
                        text(http.call("POST", read("_generate"), body(question).toString())));
            case STREAM -> stream(http, question);
            case ASYNC -> async(http, question);
            case MANY -> many(http, number);
            case CHAT -> chat(http, question);
            case SEARCH_PIPELINE -> pipeline(http, question);
            case VANISH -> vanish(http, question);
            case REFUSED -> refused(http, question);
        }
    }

    private String question(long number) {
        return scene.corpus().questions().get((int)
                (number % scene.corpus().questions().size()));
    }

    private static String read(String what) {
        return "/" + Scene.READ + "/" + what;
    }

    private static ObjectNode search(String question) {
        ObjectNode body = Json.object().put("size", 4);
        body.putObject("query").putObject("match").put("text", question);
        return body;
    }

    private ObjectNode body(String question) {
        ObjectNode body = search(question)
                .put("size", 2)
                .put("question", question)
                .put("model", scene.model())
                .put("max_completion_tokens", Scene.NEW_TOKENS);
        body.putObject("context").putArray("fields").add("text");
        return body;
    }

    private void bulk(Http http) throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < DOCUMENTS; i++) {
            long number = documents.getAndIncrement();
            String text = scene.corpus().passages().get((int)
                    (number % scene.corpus().passages().size()));
            lines.append("{\"index\": {\"_id\": \"").append(number % IDS).append("\"}}\n");
            lines.append(Json.object().put("number", number).put("text", text)).append('\n');
        }
        JsonNode reply = http.call("POST", "/" + Scene.WRITTEN + "/_bulk?pipeline=" + Scene.PIPELINE, lines.toString());
        if (reply.path("errors").asBoolean(true)) {
            throw new IOException("a bulk request with errors: " + reply);
        }
    }

    private void stream(Http http, String question) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        try (EventStream events = events(http, question)) {
            for (Optional<String> data = events.next(); ; data = events.next()) {
                if (data.isEmpty()) {
                    throw new IOException("a stream ended before [DONE]");
                }
                if (data.get().equals("[DONE]")) {
                    break;
                }
                JsonNode event = Json.parse("an event", data.get());
                if (event.has("error")) {
                    throw new IOException("a stream with an error: " + event);
                }
                text.append(event.at("/choices/0/delta/content").asText(""));
            }
        }
        same(question, text.toString());
    }

    private EventStream events(Http http, String question) throws IOException, InterruptedException {
        return new EventStream(http.stream(
                read("_generate/stream"), body(question).put("stream", true).toString()));
    }

    private void vanish(Http http, String question) throws IOException, InterruptedException {
        try (EventStream events = events(http, question)) {
            if (events.next().isEmpty()) {
                throw new IOException("a stream without an event");
            }
        }
    }

    private void async(Http http, String question) throws IOException, InterruptedException {
        String path = "/_generate/"
                + http.call(
                                "POST",
                                read("_generate"),
                                body(question).put("async", true).toString())
                        .path("id")
                        .asText();
        JsonNode reply = http.get(path + "?wait=1m");
        while (reply.path("state").asText().equals("running")) {
            reply = http.get(path + "?wait=1m&after=" + reply.path("next").asInt());
        }
        http.call("DELETE", path, "");
        if (!reply.path("state").asText().equals("done")) {
            throw new IOException("an answer that failed: " + reply);
        }
        same(question, text(reply.path("response")));
    }

    private void many(Http http, long number) throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < QUESTIONS; i++) {
            lines.append("{}\n").append(body(question(number + i))).append('\n');
        }
        JsonNode responses =
                http.call("POST", read("_mgenerate"), lines.toString()).path("responses");
        for (int i = 0; i < QUESTIONS; i++) {
            same(question(number + i), text(responses.path(i)));
        }
    }

    private void chat(Http http, String question) throws IOException, InterruptedException {
        ObjectNode body = Json.object().put("model", scene.model()).put("max_completion_tokens", Scene.NEW_TOKENS);
        body.putArray("messages").addObject().put("role", "user").put("content", question);
        JsonNode reply = http.call("POST", "/_plugins/_generate/v1/chat/completions", body.toString());
        same("chat: " + question, reply.at("/choices/0/message/content").asText());
    }

    private void pipeline(Http http, String question) throws IOException, InterruptedException {
        ObjectNode body = search(question).put("size", 2);
        body.putObject("ext").putObject("generate").put("question", question);
        JsonNode reply = http.call("POST", read("_search?search_pipeline=" + Scene.PIPELINE), body.toString());
        same(
                "pipeline: " + question,
                reply.at("/ext/retrieval_augmented_generation/answer").asText());
    }

    private void refused(Http http, String question) throws IOException, InterruptedException {
        Http.Reply reply = http.ask(
                "POST", read("_generate"), body(question).put("tempo", 1).toString());
        if (reply.status() != 400) {
            throw new IOException("wanted status 400, found " + reply);
        }
    }

    private static String text(JsonNode reply) throws IOException {
        JsonNode text = reply.at("/generation/choices/0/message/content");
        if (!text.isTextual()) {
            throw new IOException("a reply without an answer: " + reply);
        }
        return text.asText();
    }

    private void same(String question, String text) throws IOException {
        String first = texts.putIfAbsent(question, text);
        if (first != null && !first.equals(text)) {
            throw new IOException("the answer to [" + question + "] was [" + first + "], then [" + text + "]");
        }
    }
}
