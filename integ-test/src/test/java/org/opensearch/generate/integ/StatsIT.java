// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The numbers that an operator sees. */
@ExtendWith(NodeExtension.class)
class StatsIT {
    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
    }

    @Test
    void anAnswerIsCounted(Node node) {
        JsonNode before = Asking.stats(node, "scripted");
        Reply reply = node.post("/_generate", "{\"question\": \"Who is counted here?\", \"model\": \"scripted\"}")
                .expect(200);
        JsonNode after = Asking.stats(node, "scripted");
        assertEquals(1, growth(before, after, "/requests/finished/stop"));
        assertEquals(reply.at("/generation/usage/prompt_tokens").asLong(), growth(before, after, "/tokens/prompt"));
        assertTrue(growth(before, after, "/tokens/generated") >= NodeExtension.SCRIPT.length());
        assertEquals(1, growth(before, after, "/latency/ttft/count"));
        assertTrue(growth(before, after, "/batches/steps") > 0);
        assertEquals(0, after.at("/requests/running").asInt());
        assertEquals(0, after.at("/pages/used").asInt());
        assertTrue(after.at("/pages/total").asInt() > 0);
        assertTrue(after.at("/latency/inter_token/p99_ms").asDouble()
                >= after.at("/latency/inter_token/p50_ms").asDouble());
        assertTrue(after.at("/memory/total_bytes").asLong() > 0);
    }

    @Test
    void theKernelLevelIsNamedAndIsNoFallback(Node node) {
        JsonNode kernels = Asking.stats(node, "scripted").at("/kernels");
        assertTrue(kernels.path("level").asText().length() > 0);
        assertTrue(kernels.path("fallback").isMissingNode(), kernels::toPrettyString);
    }

    private static long growth(JsonNode before, JsonNode after, String pointer) {
        return after.at(pointer).asLong() - before.at(pointer).asLong();
    }
}
