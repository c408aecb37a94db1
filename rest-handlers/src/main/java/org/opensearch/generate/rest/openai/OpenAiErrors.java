// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestResponse;

/** Errors in OpenAI's form: {@code {"error": {"message", "type", "param", "code"}}}. */
final class OpenAiErrors {
    private OpenAiErrors() {}

    /** Writes a reply's fields. */
    @FunctionalInterface
    interface Body<T> {
        void write(XContentBuilder json, T response) throws IOException;
    }

    /** A listener that replies with an object, or with an error in OpenAI's form. */
    static <T> ActionListener<T> replying(RestChannel channel, Body<T> body) {
        return ActionListener.wrap(
                response -> {
                    try (XContentBuilder json = channel.newBuilder()) {
                        json.startObject();
                        body.write(json, response);
                        json.endObject();
                        channel.sendResponse(new BytesRestResponse(RestStatus.OK, json));
                    }
                },
                e -> {
                    try {
                        channel.sendResponse(response(channel, e));
                    } catch (IOException inner) {
                        throw new UncheckedIOException(inner);
                    }
                });
    }

    /** The error as a reply, with its status and its {@code Retry-After}. */
    static RestResponse response(RestChannel channel, Exception e) throws IOException {
        try (XContentBuilder json = channel.newErrorBuilder()) {
            json.startObject();
            write(json, e);
            json.endObject();
            RestResponse response = new BytesRestResponse(ExceptionsHelper.status(e), json);
            if (e instanceof OpenSearchException known) {
                response.copyHeaders(known);
            }
            return response;
        }
    }

    /** The field {@code error}. */
    static void write(XContentBuilder json, Exception e) throws IOException {
        RestStatus status = ExceptionsHelper.status(e);
        json.startObject("error");
        json.field("message", message(e));
        json.field("type", type(status));
        json.nullField("param");
        json.field("code", code(status));
        json.endObject();
    }

    /** Parsers say in the cause what was wrong with a field. */
    private static String message(Exception e) {
        Throwable cause = e.getCause();
        return cause == null || e instanceof OpenSearchException
                ? String.valueOf(e.getMessage())
                : e.getMessage() + ": " + cause.getMessage();
    }

    private static String type(RestStatus status) {
        return switch (status) {
            case TOO_MANY_REQUESTS -> "rate_limit_error";
            case UNAUTHORIZED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            default -> status.getStatus() < 500 ? "invalid_request_error" : "server_error";
        };
    }

    private static @Nullable String code(RestStatus status) {
        return switch (status) {
            case NOT_FOUND -> "not_found";
            case REQUEST_ENTITY_TOO_LARGE -> "context_length_exceeded";
            case TOO_MANY_REQUESTS -> "rate_limit_exceeded";
            default -> null;
        };
    }
}
