// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

/** The two forms of completions. */
enum Endpoint {
    /** Messages in, a message out. */
    CHAT("/v1/chat/completions", "chat.completion", "chat.completion.chunk"),
    /** A prompt in, a text out. */
    TEXT("/v1/completions", "text_completion", "text_completion");

    private static final String BASE = "/_plugins/_generate";

    private final String path;
    private final String whole;
    private final String chunk;

    Endpoint(String path, String whole, String chunk) {
        this.path = BASE + path;
        this.whole = whole;
        this.chunk = chunk;
    }

    /** Its path. */
    String path() {
        return path;
    }

    /** What a whole answer calls itself. */
    String whole() {
        return whole;
    }

    /** What a part of an answer calls itself. */
    String chunk() {
        return chunk;
    }
}
