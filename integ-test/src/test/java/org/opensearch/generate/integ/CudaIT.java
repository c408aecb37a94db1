// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Models on a simulated NVIDIA card of the node: the answers of the processor. */
@ExtendWith(NodeExtension.class)
class CudaIT {
    private static final String INDEX = "on-a-card";
    private static final String QUESTION = """
            {"query": {"match": {"text": "hill mineral"}}, "question": "Which mineral?", "model": "scripted"}""";
    private static final String LONG =
            "{\"question\": \"What goes on and on?\", \"model\": \"endless\", \"max_completion_tokens\": 60}";

    private final Node node;

    CudaIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
    }

    @BeforeEach
    void onTheProcessor() {
        device(node, "null");
    }

    @AfterAll
    static void reset(Node node) {
        device(node, "null");
        reload(node, "scripted");
        reload(node, "endless");
        assertTrue(Asking.stats(node, "scripted").at("/kernels/level").asText().startsWith("cpu-"));
    }

    private static void device(Node node, String device) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.device\": " + device + "}}")
                .expect(200);
    }

    private static void reload(Node node, String model) {
        node.post("/_plugins/_generate/models/" + model + "/_unload", "");
        Asking.load(node, model);
    }

    @Test
    void answersAreThoseOfTheProcessor() {
        reload(node, "scripted");
        reload(node, "endless");
        Reply cited = node.post("/" + INDEX + "/_generate", QUESTION).expect(200);
        String wanted = node.post("/_generate", LONG).expect(200).answer();
        device(node, "\"cuda:0\"");
        reload(node, "scripted");
        reload(node, "endless");
        JsonNode kernels = Asking.stats(node, "endless").at("/kernels");
        assertEquals("cuda:0 simulated card", kernels.path("level").asText(), kernels::toPrettyString);
        assertTrue(kernels.path("fallback").isMissingNode(), kernels::toPrettyString);
        Reply found = node.post("/" + INDEX + "/_generate", QUESTION).expect(200);
        assertEquals(cited.answer(), found.answer());
        assertEquals(cited.at("/generation/citations"), found.at("/generation/citations"));
        assertEquals(wanted, node.post("/_generate", LONG).expect(200).answer());
    }

    @Test
    void whatACardHoldsIsOnTheBreaker() {
        device(node, "\"auto\"");
        node.post("/_plugins/_generate/models/endless/_unload", "");
        long without = Asking.breakerBytes(node);
        Asking.load(node, "endless");
        JsonNode stats = Asking.stats(node, "endless");
        assertEquals("cuda:0 simulated card", stats.at("/kernels/level").asText(), stats::toPrettyString);
        assertEquals(stats.at("/memory/total_bytes").asLong(), Asking.breakerBytes(node) - without);
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        assertEquals(without, Asking.breakerBytes(node));
    }

    @Test
    void aCardThatIsNotThereIsAnError() {
        device(node, "\"cuda:7\"");
        node.post("/_plugins/_generate/models/endless/_unload", "");
        node.post("/_plugins/_generate/models/endless/_load", "");
        Node.await("the load to fail", Asking.LOAD_LIMIT, () -> Asking.state(node, "endless")
                .equals("failed"));
        String told = Asking.model(node, "endless").toString();
        assertTrue(told.contains("there is no such card, the driver finds 1"), told);
    }

    @Test
    void aWrongDeviceIsRefusedByName() {
        String reason = node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.device\": \"gpu\"}}")
                .expect(400)
                .at("/error/reason")
                .asText();
        assertTrue(reason.contains("[plugins.generate.device]: device must be auto, cpu or cuda:N, found gpu"), reason);
    }
}
