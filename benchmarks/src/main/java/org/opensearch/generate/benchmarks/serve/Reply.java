// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An answer as it is put together, from one object or from the chunks of a stream. Understands OpenAI's shapes, the same inside
 * {@code generation} of a {@code _generate} reply, and llama.cpp's {@code timings}. One thread's.
 */
final class Reply {
    private final StringBuilder text = new StringBuilder();
    private final List<Long> tokenTimes = new ArrayList<>();
    private String finish = "";
    private String model = "";
    private int promptTokens;
    private int newTokens;
    private int cachedTokens;
    private OptionalDouble toldFirstTokenMillis = OptionalDouble.empty();
    private OptionalDouble toldTokensPerSecond = OptionalDouble.empty();

    /** A chunk that came at some {@link System#nanoTime()}. Returns what it says is wrong. */
    Optional<String> addChunk(JsonNode chunk, long nanos) {
        JsonNode choice = body(chunk).path("choices").path(0);
        JsonNode delta = choice.has("delta") ? choice.path("delta") : choice.path("message");
        JsonNode content = choice.has("text") ? choice.path("text") : delta.path("content");
        // The first chunk of a chat tells the role and has no token yet.
        boolean token = content.isTextual() && !(content.asText().isEmpty() && delta.has("role"));
        boolean end =
                choice.path("finish_reason").isTextual() && content.asText().isEmpty();
        if (token && !end) {
            tokenTimes.add(nanos);
        }
        return add(chunk);
    }

    /** A reply that came whole. Returns what it says is wrong. */
    Optional<String> add(JsonNode reply) {
        if (reply.has("error")) {
            JsonNode error = reply.path("error");
            String told = error.path("reason").asText(error.path("message").asText(""));
            return Optional.of(told.isEmpty() ? error.toString() : told);
        }
        JsonNode body = body(reply);
        JsonNode choice = body.path("choices").path(0);
        text.append(choice.path("text").asText(""));
        text.append(choice.path("delta").path("content").asText(""));
        text.append(choice.path("message").path("content").asText(""));
        finish = choice.path("finish_reason").asText(finish);
        model = body.path("model").asText(model);
        JsonNode timings = body.path("timings");
        cachedTokens = timings.path("cache_n").asInt(cachedTokens);
        JsonNode usage = body.path("usage");
        promptTokens = usage.path("prompt_tokens").asInt(promptTokens);
        newTokens = usage.path("completion_tokens").asInt(newTokens);
        cachedTokens = usage.path("prompt_tokens_details").path("cached_tokens").asInt(cachedTokens);
        if (timings.has("ttft_ms")) {
            toldFirstTokenMillis = OptionalDouble.of(timings.path("retrieve_ms").asDouble()
                    + timings.path("ttft_ms").asDouble());
        }
        if (timings.has("decode_tokens_per_second")) {
            toldTokensPerSecond =
                    OptionalDouble.of(timings.path("decode_tokens_per_second").asDouble());
        }
        return Optional.empty();
    }

    private static JsonNode body(JsonNode reply) {
        return reply.has("generation") ? reply.path("generation") : reply;
    }

    String text() {
        return text.toString();
    }

    /** Why the answer ended, in the server's word; empty if it did not say. */
    String finish() {
        return finish;
    }

    /** The model's name in the server's word; empty if it did not say. */
    String model() {
        return model;
    }

    /** When the chunks with text came; none if the reply came whole. */
    List<Long> tokenTimes() {
        return tokenTimes;
    }

    int promptTokens() {
        return promptTokens;
    }

    /** As the server counts, or the chunks if it does not. */
    int newTokens() {
        return newTokens > 0 ? newTokens : tokenTimes.size();
    }

    int cachedTokens() {
        return cachedTokens;
    }

    /** The server's own time to the first token, retrieval included, in milliseconds. */
    OptionalDouble toldFirstTokenMillis() {
        return toldFirstTokenMillis;
    }

    /** The server's own pace of the tokens after the first. */
    OptionalDouble toldTokensPerSecond() {
        return toldTokensPerSecond;
    }
}
