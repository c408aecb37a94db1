// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator does: restart, look into the log, remove. Runs after the other classes. */
@Order(Integer.MAX_VALUE)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(NodeExtension.class)
class LifecycleIT {
    private final Node node;

    LifecycleIT(Node node) {
        this.node = node;
    }

    @Test
    @Order(1)
    void modelsBackAfterARestart() throws IOException {
        String body = "{\"question\": \"Still here?\", \"logprobs\": true}";
        Asking.load(node, "scripted");
        Reply before = node.post("/_generate", body).expect(200);
        node.restart(Map.of());
        Node.await("the preloaded model", Asking.LOAD_LIMIT, () -> Asking.state(node, "scripted")
                .equals("loaded"));
        Reply after = node.post("/_generate", body).expect(200);
        assertEquals(before.at("/generation/choices"), after.at("/generation/choices"));
    }

    @Test
    @Order(2)
    void theLogHoldsNoSurprise() {
        List<String> surprises = NodeLog.warnings(node)
                // The node's own record of replies with a status of 500 and above, which the tests ask for.
                .filter(entry -> !entry.contains("[r.suppressed"))
                .filter(entry -> !entry.contains("broken") && !entry.contains("large"))
                .filter(entry -> !entry.contains("open on cuda:7: there is no such card"))
                // OpenSearch's record of the failure that a search pipeline of the tests is told to ignore.
                .filter(entry -> !entry.contains("in the search pipeline [absent] was ignored"))
                .toList();
        assertEquals(List.of(), surprises);
    }

    @Test
    @Order(3)
    void itCanBeRemoved() throws IOException {
        node.stop();
        node.plugin("remove", "opensearch-generate", "--purge");
        assertFalse(Files.exists(node.home().resolve("plugins/opensearch-generate")));
        assertFalse(Files.exists(node.models()));
        assertFalse(node.plugin("list").contains("opensearch-generate"));
    }
}
