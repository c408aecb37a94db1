// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import org.opensearch.generate.benchmarks.results.Json;

/** The ways of asking, told by the end of the URL's path. */
enum Api {
    /** {@code /v1/chat/completions}. */
    CHAT("/chat/completions"),
    /** {@code /v1/completions}: text without roles. */
    COMPLETIONS("/completions"),
    /** {@code /_generate} of a node with this project's plugin. */
    GENERATE("/_generate");

    private static final int SEED = 7;
    private static final String TIMEOUT = "3600s";
    private final String ending;

    Api(String ending) {
        this.ending = ending;
    }

    static Api of(URI url) {
        for (Api api : values()) {
            if (url.getPath() != null && url.getPath().endsWith(api.ending)) {
                return api;
            }
        }
        throw new IllegalArgumentException(
                "wanted a URL that ends in /chat/completions, /completions or /_generate, found " + url);
    }

    /** Whether answers come token by token unless told otherwise. */
    boolean streamsByDefault() {
        return this != GENERATE;
    }

    /** A greedy request. */
    ObjectNode body(Target target, Prompt prompt, int newTokens) {
        ObjectNode body = Json.object();
        target.model().ifPresent(model -> body.put("model", model));
        if (this == COMPLETIONS) {
            body.put("prompt", prompt.whole());
        } else {
            ArrayNode messages = body.putArray("messages");
            if (!prompt.system().isEmpty()) {
                messages.addObject().put("role", "system").put("content", prompt.system());
            }
            messages.addObject().put("role", "user").put("content", prompt.user());
        }
        body.put(this == GENERATE ? "max_completion_tokens" : "max_tokens", newTokens);
        body.put("temperature", 0).put("seed", SEED);
        if (this == GENERATE) {
            body.put("timeout", TIMEOUT);
        }
        if (target.stream()) {
            body.put("stream", true);
            body.putObject("stream_options").put("include_usage", true);
        }
        if (target.ignoreEos()) {
            body.put("ignore_eos", true);
        }
        return body;
    }
}
