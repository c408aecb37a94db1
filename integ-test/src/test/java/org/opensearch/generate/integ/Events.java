// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;

/** Server-sent events with JSON. */
final class Events {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DONE = "data: [DONE]";

    private Events() {}

    /** All events of a reply; the last must be {@code [DONE]}, which is left out. */
    static List<JsonNode> whole(HttpResponse<Stream<String>> response) {
        return whole(lines(response));
    }

    /** All events of such lines. */
    static List<JsonNode> whole(List<String> lines) {
        assertEquals(DONE, lines.isEmpty() ? "" : lines.getLast(), lines::toString);
        return lines.subList(0, lines.size() - 1).stream().map(Events::event).toList();
    }

    /** The only event of a reply that is an error. */
    static JsonNode error(HttpResponse<Stream<String>> response) {
        List<String> lines = lines(response);
        JsonNode event = event(lines.getLast());
        assertTrue(event.has("error"), lines::toString);
        return event;
    }

    /** The lines of a reply that are not empty. */
    static List<String> lines(HttpResponse<Stream<String>> response) {
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/event-stream; charset=utf-8",
                response.headers().firstValue("Content-Type").orElse(""));
        try (Stream<String> lines = response.body()) {
            return lines.filter(line -> !line.isEmpty()).toList();
        }
    }

    /** The object of one line. */
    static JsonNode event(String line) {
        assertTrue(line.startsWith("data: "), line);
        try {
            return JSON.readTree(line.substring("data: ".length()));
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }

    /** The texts of all events, one after the other. */
    static String text(List<JsonNode> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at("/choices/0/delta/content").asText("")));
        return text.toString();
    }
}
