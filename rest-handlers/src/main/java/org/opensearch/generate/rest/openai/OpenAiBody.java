// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.rest.GenerateBody;

/**
 * The body of a completion request in OpenAI's form, turned into a {@code _generate} body. Fields of ours may stand beside theirs,
 * and {@code index} says what to retrieve from. A field that would change the answer and that we do not have is an {@link
 * IllegalArgumentException}; one that cannot change it is passed over.
 *
 * @param request the request
 * @param stream whether it asks for a stream
 * @param includeUsage whether the stream shall tell of tokens
 */
record OpenAiBody(GenerateRequest request, boolean stream, boolean includeUsage) {
    private static final Set<String> NO_MATTER = Set.of(
            "user",
            "store",
            "metadata",
            "service_tier",
            "parallel_tool_calls",
            "prompt_cache_key",
            "prompt_cache_retention",
            "safety_identifier",
            "tool_choice",
            "function_call");
    /** Fields that have one value for us, which clients may spell out. */
    private static final Map<String, Object> ONLY = Map.of(
            "n",
            1,
            "best_of",
            1,
            "echo",
            false,
            "suffix",
            "",
            "tools",
            List.of(),
            "functions",
            List.of(),
            "logit_bias",
            Map.of(),
            "modalities",
            List.of("text"));

    /** Reads a body. */
    static OpenAiBody parse(Endpoint endpoint, XContentParser parser) throws IOException {
        Map<String, Object> fields = parser.mapOrdered();
        fields.values().removeIf(Objects::isNull);
        fields.keySet().removeAll(NO_MATTER);
        ONLY.forEach((name, value) -> only(fields, name, value));
        for (String ours : List.of("question", "async")) {
            if (fields.containsKey(ours)) {
                throw new IllegalArgumentException("unknown field [" + ours + "]");
            }
        }
        fields.put("messages", endpoint == Endpoint.CHAT ? messages(fields) : prompt(fields));
        Object most = fields.remove("max_tokens");
        if (most != null) {
            fields.putIfAbsent("max_completion_tokens", most);
        }
        String[] indices = strings("index", fields.remove("index")).toArray(new String[0]);
        boolean includeUsage = includeUsage(fields.remove("stream_options"));
        // As text again: parsers of queries ask for places, which those over maps do not have.
        try (XContentBuilder text = JsonXContent.contentBuilder().map(fields);
                XContentParser ours = JsonXContent.jsonXContent.createParser(
                        parser.getXContentRegistry(),
                        LoggingDeprecationHandler.INSTANCE,
                        BytesReference.bytes(text).streamInput())) {
            GenerateBody body = GenerateBody.parse(ours);
            GenerateRequest request = body.request(indices, SearchRequest.DEFAULT_INDICES_OPTIONS);
            return new OpenAiBody(request, body.delivery() == GenerateBody.Delivery.STREAM, includeUsage);
        }
    }

    private static void only(Map<String, Object> fields, String name, Object value) {
        Object found = fields.remove(name);
        if (found != null && !found.equals(value)) {
            throw new IllegalArgumentException("[" + name + "] can only be " + value + " here");
        }
    }

    /** Roles and texts; {@code developer} is what {@code system} was called later. */
    private static List<Object> messages(Map<String, Object> fields) {
        if (!(fields.get("messages") instanceof List<?> list)) {
            throw new IllegalArgumentException("[messages] must be an array of messages");
        }
        List<Object> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String place = "messages[" + i + "]";
            if (!(list.get(i) instanceof Map<?, ?> message) || !(message.get("role") instanceof String role)) {
                throw new IllegalArgumentException("[" + place + "] must be an object with [role] and [content]");
            }
            if (message.get("tool_calls") instanceof List<?> calls && !calls.isEmpty()) {
                throw new IllegalArgumentException("[" + place + ".tool_calls]: tools are not supported");
            }
            messages.add(Map.of(
                    "role",
                    role.equals("developer") ? "system" : role,
                    "content",
                    text(place + ".content", message.get("content"))));
        }
        return messages;
    }

    /** A text, or an array of text parts. */
    private static String text(String place, @Nullable Object content) {
        if (content instanceof String text) {
            return text;
        }
        StringBuilder text = new StringBuilder();
        if (!(content instanceof List<?> parts)) {
            throw new IllegalArgumentException("[" + place + "] must be a text or an array of text parts");
        }
        for (Object part : parts) {
            if (!(part instanceof Map<?, ?> fields) || !(fields.get("text") instanceof String piece)) {
                throw new IllegalArgumentException("[" + place + "] may only have parts of type text");
            }
            text.append(piece);
        }
        return text.toString();
    }

    /** The prompt is the user's message. */
    private static List<Object> prompt(Map<String, Object> fields) {
        if (fields.containsKey("messages")) {
            throw new IllegalArgumentException("unknown field [messages]; completions have a [prompt]");
        }
        if (fields.containsKey("logprobs")) {
            throw new IllegalArgumentException("[logprobs] is for chat completions");
        }
        List<String> prompts = strings("prompt", fields.remove("prompt"));
        if (prompts.size() != 1) {
            throw new IllegalArgumentException("[prompt] must be one text, found " + prompts.size());
        }
        return List.of(Map.of("role", "user", "content", prompts.getFirst()));
    }

    private static List<String> strings(String name, @Nullable Object value) {
        List<String> strings = new ArrayList<>();
        for (Object one : value instanceof List<?> list ? list : value == null ? List.of() : List.of(value)) {
            if (!(one instanceof String text)) {
                throw new IllegalArgumentException("[" + name + "] must be a text or an array of texts");
            }
            strings.add(text);
        }
        return strings;
    }

    private static boolean includeUsage(@Nullable Object options) {
        return options instanceof Map<?, ?> fields && Boolean.TRUE.equals(fields.get("include_usage"));
    }
}
