// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The console of a stock node, which cannot stream. */
@ExtendWith(NodeExtension.class)
class ConsoleIT extends ConsoleTests {
    private static final String ENDLESS =
            "{\"question\": \"Go on.\", \"model\": \"endless\", \"max_completion_tokens\": 7000, \"async\": true}";

    private final Node node;

    ConsoleIT(Node node) {
        super(node, false);
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, StreamingNode.INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @Test
    void whoWaitsIsNamed() throws IOException {
        String user = "<b>a crowd</b>";
        List<String> ids = new ArrayList<>();
        try {
            for (int i = 0; i <= NodeExtension.SEQUENCES; i++) {
                String reply = Plain.post(node, "/_generate", ENDLESS, "X-Opaque-Id", user)
                        .body();
                ids.add(JSON.readTree(reply).path("id").asText());
            }
            JsonNode seen = look("waiting");
            assertEquals("Waiting: " + user + " 1", seen.path("waiting").asText());
            assertEquals(0, seen.path("elements").asInt());
        } finally {
            ids.forEach(id -> node.delete("/_generate/" + id));
        }
    }
}
