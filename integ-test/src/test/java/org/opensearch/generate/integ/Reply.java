// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;

/**
 * What a node answered.
 *
 * @param status the HTTP status
 * @param headers the headers
 * @param body the body, a JSON object
 */
record Reply(int status, HttpHeaders headers, JsonNode body) {
    /** This reply, after a check of its status. */
    Reply expect(int wanted) {
        assertEquals(wanted, status, () -> body.toPrettyString());
        return this;
    }

    /** The value at a JSON pointer such as {@code /generation/usage/total_tokens}; missing is a missing node. */
    JsonNode at(String pointer) {
        return body.at(pointer);
    }

    /** The text of the only choice. */
    String answer() {
        return at("/generation/choices/0/message/content").asText();
    }

    /** The reason of an error. */
    String reason() {
        return at("/error/reason").asText();
    }
}
