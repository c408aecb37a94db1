// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The threads that compute are changed on a running node, while answers go on. */
@ExtendWith(NodeExtension.class)
class ThreadsIT {
    private static final String REQUEST =
            "{\"question\": \"What goes on and on?\", \"model\": \"endless\", \"max_completion_tokens\": 300}";

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "endless");
    }

    @AfterEach
    void reset(Node node) {
        set(node, "null", "null");
    }

    @Test
    void countAndShareChangeWhileAnswersGoOnAndTheAnswersDoNot(Node node) {
        JsonNode before = Asking.stats(node, "endless").at("/threads");
        String wanted = answer(node.post("/_generate", REQUEST));
        List<String> answers = new ArrayList<>();
        for (int round = 1; round <= 3; round++) {
            var running = node.postAsync("/_generate", REQUEST);
            for (int threads = 4; threads > 0; threads--) {
                set(node, Integer.toString(threads), "0." + (5 + threads));
                JsonNode now = Asking.stats(node, "endless").at("/threads");
                assertEquals(threads, now.path("count").asInt(), now::toPrettyString);
                assertEquals(0.5 + threads / 10.0, now.path("share").asDouble(), 1e-9, now::toPrettyString);
            }
            answers.add(answer(Node.reply(running.join())));
        }
        assertEquals(List.of(wanted, wanted, wanted), answers);
        set(node, "null", "null");
        assertEquals(before, Asking.stats(node, "endless").at("/threads"));
    }

    @Test
    void aModelLoadedLaterHasTheThreadsToo(Node node) {
        set(node, "3", "0.75");
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Asking.load(node, "endless");
        JsonNode threads = Asking.stats(node, "endless").at("/threads");
        assertEquals(3, threads.path("count").asInt());
        assertEquals(0.75, threads.path("share").asDouble());
    }

    @Test
    void threadsGiveWayToSearchByDefault(Node node) {
        JsonNode threads = Asking.stats(node, "endless").at("/threads");
        assertEquals(5, threads.path("nice").asInt());
        assertEquals(false, threads.path("pin").asBoolean(true));
        assertTrue(threads.path("problem").isMissingNode(), threads::toPrettyString);
    }

    @Test
    void aWrongShareIsRefusedByName(Node node) {
        String reason = node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.threads.share\": 0}}")
                .expect(400)
                .at("/error/reason")
                .asText();
        assertTrue(reason.contains("plugins.generate.threads.share"), reason);
    }

    private static void set(Node node, String threads, String share) {
        node.put(
                        "/_cluster/settings",
                        "{\"persistent\": {\"plugins.generate.threads\": " + threads
                                + ", \"plugins.generate.threads.share\": " + share + "}}")
                .expect(200);
    }

    private static String answer(Reply reply) {
        return reply.expect(200).answer();
    }
}
