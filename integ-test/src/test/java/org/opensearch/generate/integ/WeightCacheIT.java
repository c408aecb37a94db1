// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Packed weights outlive a model's unloading and the node, and are repaired. Restarts the node, so it runs late. */
@Order(Integer.MAX_VALUE - 1)
@ExtendWith(NodeExtension.class)
class WeightCacheIT {
    /** The log's test overlooks warnings that name it. */
    private static final String MODEL = "broken-cache";

    private static final String BODY = "{\"model\": \"" + MODEL + "\", \"question\": \"Who?\", \"logprobs\": true}";

    private final Node node;

    WeightCacheIT(Node node) {
        this.node = node;
    }

    @Test
    void aModelIsPackedOnce() throws IOException {
        TinyModel.scripted(node.models().resolve(MODEL + ".gguf"), "Packed");
        JsonNode first = load();
        assertEquals("model", first.path("weights_from").asText());
        JsonNode answer = answer();
        unload();

        assertCached(load(), first);
        assertEquals(answer, answer());
        long breaker = Asking.breakerBytes(node);
        unload();
        assertTrue(Asking.breakerBytes(node) < breaker, "mapped weights are counted");

        node.restart(Map.of());
        assertCached(load(), first);
        assertEquals(answer, answer());
        assertFalse(Asking.stats(node, MODEL).at("/load/weights_from").asText().equals("model"));
        unload();

        damage(file());
        assertEquals("model", load().path("weights_from").asText());
        assertEquals(answer, answer());
        assertTrue(node.log().contains(file().getFileName() + " cannot be used, packing anew: it is damaged"));
        unload();
        assertCached(load(), first);
        unload();
        Files.delete(node.models().resolve(MODEL + ".gguf"));
    }

    private JsonNode load() {
        Asking.load(node, MODEL);
        return Asking.model(node, MODEL);
    }

    private void unload() {
        node.post("/_plugins/_generate/models/" + MODEL + "/_unload", "").expect(200);
    }

    private JsonNode answer() {
        return node.post("/_generate", BODY).expect(200).at("/generation/choices");
    }

    private static void assertCached(JsonNode found, JsonNode first) {
        assertFalse(found.path("weights_from").asText().equals("model"), found::toPrettyString);
        assertTrue(found.has("load_ms"));
        assertEquals(
                first.path("weight_bytes").asLong(), found.path("weight_bytes").asLong());
        assertEquals(
                first.path("memory_bytes").asLong(), found.path("memory_bytes").asLong());
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.walk(node.home().resolve("data"))) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".packed")
                            && String.valueOf(file.getFileName()).startsWith(MODEL))
                    .toList();
            assertEquals(1, found.size(), found::toString);
            return found.getFirst();
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1000] ^= 1;
        Files.write(file, bytes);
    }
}
