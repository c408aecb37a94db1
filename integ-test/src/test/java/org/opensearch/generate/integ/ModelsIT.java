// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Models come, go, and may be broken. */
@ExtendWith(NodeExtension.class)
class ModelsIT {
    private final Node node;

    ModelsIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
    }

    @Test
    void modelsAreListedWithWhatIsKnown() {
        JsonNode scripted = Asking.model(node, "scripted");
        assertTrue(scripted.path("default").asBoolean());
        assertEquals("llama", scripted.path("architecture").asText());
        assertTrue(scripted.path("max_context").asInt() > 0);
        assertTrue(scripted.path("memory_bytes").asLong()
                > scripted.path("weight_bytes").asLong());
        assertTrue(scripted.path("weight_bytes").asLong() > 0);
    }

    @Test
    void anUnloadedModelGivesItsMemoryBack() throws IOException {
        TinyModel.scripted(node.models().resolve("guest.gguf"), "Guest");
        long before = Asking.breakerBytes(node);
        Asking.load(node, "guest");
        assertTrue(Asking.breakerBytes(node) > before);
        assertEquals(Asking.model(node, "guest").path("memory_bytes").asLong(), Asking.breakerBytes(node) - before);
        node.post("/_generate", "{\"model\": \"guest\", \"question\": \"Who?\"}")
                .expect(200);
        node.post("/_plugins/_generate/models/guest/_unload", "").expect(200);
        Node.await("the memory", Asking.SOON, () -> Asking.breakerBytes(node) == before);
        assertEquals("available", Asking.state(node, "guest"));
        Files.delete(node.models().resolve("guest.gguf"));
        assertEquals("absent", Asking.state(node, "guest"));
    }

    @Test
    void aSymbolicLinkIsFollowed() throws IOException {
        Path outside = node.home().resolveSibling("outside.gguf");
        TinyModel.scripted(outside, "Linked");
        Files.createSymbolicLink(node.models().resolve("link.gguf"), outside);
        Asking.load(node, "link");
        assertEquals(
                "Linked",
                node.post("/_generate", "{\"model\": \"link\", \"question\": \"Who?\"}")
                        .expect(200)
                        .answer());
        node.post("/_plugins/_generate/models/link/_unload", "").expect(200);
    }

    @Test
    void aBrokenFileGivesOneErrorAndTheNodeLives() throws IOException {
        long before = Asking.breakerBytes(node);
        TinyModel.corrupt(node.models().resolve("broken.gguf"));
        Reply reply = node.post("/_plugins/_generate/models/broken/_load", "");
        assertTrue(reply.status() >= 400, reply.body()::toPrettyString);
        assertTrue(reply.reason().contains("broken"), reply.reason());
        assertEquals("failed", Asking.state(node, "broken"));
        assertTrue(Asking.model(node, "broken").path("error").asText().contains("byte"), "the error says where");
        Reply asked = node.post("/_generate", "{\"model\": \"broken\", \"question\": \"Who?\"}");
        assertTrue(asked.status() >= 500, asked.body()::toPrettyString);
        assertEquals(before, Asking.breakerBytes(node));
        node.post("/_generate", "{\"question\": \"Who?\"}").expect(200);
        Files.delete(node.models().resolve("broken.gguf"));
    }

    @Test
    void aModelThatExceedsTheBreakerIsRefused() throws IOException {
        TinyModel.scripted(node.models().resolve("large.gguf"), "Large");
        long limit = Asking.breakerBytes(node) + (1 << 20);
        setting("\"" + limit + "b\"");
        Reply reply = node.post("/_plugins/_generate/models/large/_load", "");
        assertTrue(reply.status() >= 400, reply.body()::toPrettyString);
        assertTrue(
                reply.body().toString().contains("circuit_breaking_exception")
                        || reply.reason().contains("limit"),
                reply.body()::toPrettyString);
        assertEquals(limit, Asking.breaker(node).path("limit_size_in_bytes").asLong());
        assertTrue(Asking.breaker(node).path("tripped").asInt() > 0);
        assertTrue(Asking.breakerBytes(node) < limit);
        node.post("/_generate", "{\"question\": \"Who?\"}").expect(200);
        setting("null");
        Asking.load(node, "large");
        node.post("/_plugins/_generate/models/large/_unload", "").expect(200);
        Files.delete(node.models().resolve("large.gguf"));
    }

    private void setting(String limit) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.breaker.limit\": " + limit + "}}")
                .expect(200);
    }
}
