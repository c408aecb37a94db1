// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NodeExtension.class)
class InstallIT {
    @Test
    void theNodeRunsThePlugin(Node node) {
        JsonNode plugins = node.get("/_nodes/plugins")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .at("/plugins");
        assertEquals(1, plugins.size(), plugins::toPrettyString);
        assertEquals("opensearch-generate", plugins.at("/0/name").asText());
    }

    @Test
    void theToolListsThePlugin(Node node) throws Exception {
        assertTrue(node.plugin("list").contains("opensearch-generate"));
    }
}
