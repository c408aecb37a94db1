// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Questions with the answers that they got when nothing disturbed the cluster. Asked again, by any way and whatever happens
 * meanwhile, they must get the same tokens: texts, and log-probabilities where the way has them.
 */
final class Known {
    /** An index with copies of three shards on all nodes; each question finds one of its documents. */
    static final String INDEX = "known";

    private static final int QUESTIONS = 10;

    /** The ways in. */
    enum Way {
        WHOLE,
        STREAM,
        ASYNC,
        MANY
    }

    /** What came in place of an answer. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final boolean retryable;

        Refused(int status, String body) {
            super(status + ": " + body);
            retryable = status == 429 || status == 503 || body.contains("search_phase_execution_exception");
        }

        /** Whether the same question may be asked again a little later: it was told so, or its search lost a node. */
        boolean isRetryable() {
            return retryable;
        }
    }

    private final List<JsonNode> choices = new ArrayList<>();

    /** Makes the index, and asks everything once. */
    Known(Node node) {
        node.put("/" + INDEX, "{\"settings\": {\"number_of_shards\": 3, \"number_of_replicas\": 1}}")
                .expect(200);
        StringBuilder documents = new StringBuilder();
        for (int i = 0; i < QUESTIONS; i++) {
            documents
                    .append("{\"index\": {\"_id\": \"%d\"}}\n".formatted(i))
                    .append("{\"text\": \"Of thing%d one can say that it is number %d of its row.\"}\n"
                            .formatted(i, i));
        }
        node.post("/" + INDEX + "/_bulk?refresh=true", documents.toString()).expect(200);
        node.get("/_cluster/health/" + INDEX + "?wait_for_status=green&timeout=60s")
                .expect(200);
        for (int i = 0; i < QUESTIONS; i++) {
            Reply reply = node.post("/" + INDEX + "/_generate", body(i, "")).expect(200);
            assertEquals(Integer.toString(i), reply.at("/hits/hits/0/_id").asText());
            choices.add(reply.at("/generation/choices"));
        }
    }

    private static String body(int question, String more) {
        return ("{\"model\": \"endless\", \"question\": \"What is thing%d?\", \"temperature\": 0.9, \"seed\": %d,"
                        + " \"logprobs\": true, \"max_completion_tokens\": 40, \"context\": {\"fields\": [\"text\"]}%s}")
                .formatted(question, question, more);
    }

    /**
     * Asks, and compares. Throws {@link AssertionError} if the answer is another, {@link Refused} if there is none, {@link
     * java.io.UncheckedIOException} if the connection was lost.
     */
    void ask(Node node, Way way, int number) {
        int question = Math.floorMod(number, QUESTIONS);
        switch (way) {
            case WHOLE -> whole(node, question);
            case STREAM -> stream(node, question);
            case ASYNC -> async(node, question);
            case MANY -> many(node, question);
        }
    }

    private void whole(Node node, int question) {
        Reply reply = taken(node.post("/" + INDEX + "/_generate", body(question, "")));
        same(question, reply.at("/generation"));
    }

    private void stream(Node node, int question) {
        HttpResponse<Stream<String>> response =
                node.postLines("/" + INDEX + "/_generate/stream", body(question, ", \"stream\": true"));
        if (response.statusCode() != 200) {
            throw new Refused(response.statusCode(), response.body().toList().toString());
        }
        List<String> lines = Events.lines(response);
        if (!lines.isEmpty() && lines.getLast().startsWith("data: {\"error\"")) {
            JsonNode event = Events.event(lines.getLast());
            throw new Refused(event.path("status").asInt(), event.toString());
        }
        List<JsonNode> events = Events.whole(lines);
        List<JsonNode> logprobs = new ArrayList<>();
        events.forEach(event -> event.at("/choices/0/logprobs/content").forEach(logprobs::add));
        JsonNode known = choices.get(question).path(0);
        assertEquals(known.at("/message/content").asText(), Events.text(events), events::toString);
        List<JsonNode> knownLogprobs = new ArrayList<>();
        known.at("/logprobs/content").forEach(knownLogprobs::add);
        assertEquals(knownLogprobs, logprobs);
    }

    private void async(Node node, int question) {
        Reply begun = taken(node.post("/" + INDEX + "/_generate", body(question, ", \"async\": true")));
        String path = "/_generate/" + begun.at("/id").asText();
        Reply reply = taken(node.get(path + "?wait=1m"));
        while (reply.at("/state").asText().equals("running")) {
            reply = taken(node.get(path + "?wait=1m&after=" + reply.at("/next").asInt()));
        }
        if (reply.body().has("error")) {
            throw new Refused(reply.at("/status").asInt(), reply.body().toString());
        }
        same(question, reply.at("/response/generation"));
        taken(node.delete(path));
    }

    private void many(Node node, int question) {
        int other = (question + 1) % QUESTIONS;
        Reply reply = taken(node.post(
                "/" + INDEX + "/_mgenerate", "{}\n" + body(question, "") + "\n{}\n" + body(other, "") + "\n"));
        for (int place = 0; place < 2; place++) {
            JsonNode response = reply.at("/responses/" + place);
            if (response.has("error")) {
                throw new Refused(response.path("status").asInt(), response.toString());
            }
            same(place == 0 ? question : other, response.path("generation"));
        }
    }

    private static Reply taken(Reply reply) {
        if (reply.status() != 200) {
            throw new Refused(reply.status(), reply.body().toString());
        }
        return reply;
    }

    private void same(int question, JsonNode generation) {
        assertEquals(choices.get(question), generation.path("choices"), generation::toString);
    }
}
