// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
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

    @Test
    void modelsAndNodesAreChosen(Node node) {
        JsonNode all = node.get("/_plugins/_generate/stats").expect(200).body();
        assertEquals(1, all.at("/_nodes/successful").asInt());
        String id = all.at("/nodes").fieldNames().next();
        assertTrue(all.at("/nodes/" + id + "/models").has("scripted"));
        assertTrue(all.at("/nodes/" + id + "/models").has("endless"));
        JsonNode one = node.get("/_plugins/_generate/stats/" + id + "?model=script*,nobody")
                .expect(200)
                .at("/nodes/" + id + "/models");
        assertEquals(1, one.size(), one::toPrettyString);
        assertEquals("loaded", one.at("/scripted/state").asText());
        assertEquals(
                0,
                node.get("/_plugins/_generate/stats/nobody")
                        .expect(200)
                        .at("/_nodes/total")
                        .asInt());
    }

    @Test
    void theBreakerIsTheNodes(Node node) {
        JsonNode breaker = node.get("/_plugins/_generate/stats")
                .expect(200)
                .at("/nodes")
                .elements()
                .next()
                .path("breaker");
        for (String field : List.of("limit_size_in_bytes", "estimated_size_in_bytes", "tripped")) {
            assertEquals(Asking.breaker(node).path(field), breaker.path(field), field);
        }
        assertTrue(breaker.path("estimated_size_in_bytes").asLong() > 0);
    }

    @Test
    void aModelThatIsNotLoadedHasItsStateAlone(Node node) throws IOException {
        TinyModel.corrupt(node.models().resolve("broken-too.gguf"));
        assertEquals("available", Asking.stats(node, "broken-too").path("state").asText());
        assertEquals(1, Asking.stats(node, "broken-too").size());
        node.post("/_plugins/_generate/models/broken-too/_load", "").expect(500);
        assertEquals("failed", Asking.stats(node, "broken-too").path("state").asText());
        assertTrue(Asking.stats(node, "broken-too").path("error").asText().contains("byte"));
        Files.delete(node.models().resolve("broken-too.gguf"));
        node.post("/_plugins/_generate/models/broken-too/_unload", "").expect(200);
    }

    @Test
    void tokensPerSecondAreThoseOfTheLastSeconds(Node node) {
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
        Asking.load(node, "endless");
        node.post("/_generate", "{\"question\": \"Go on.\", \"model\": \"endless\", \"max_completion_tokens\": 200}")
                .expect(200);
        JsonNode after = Asking.stats(node, "endless");
        assertEquals(200, after.at("/tokens/generated").asLong());
        double rate = after.at("/throughput/tokens_per_second").asDouble();
        assertTrue(rate > 0 && rate <= 200 / 9.0 + 0.01, () -> "200 tokens in nine to ten seconds: " + rate);
        node.post("/_plugins/_generate/models/endless/_unload", "").expect(200);
    }

    private static long growth(JsonNode before, JsonNode after, String pointer) {
        return after.at(pointer).asLong() - before.at(pointer).asLong();
    }
}
