// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Models on some nodes of three: by attribute, by count, after restarts, and gone from nodes that were away. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DeployClusterIT {
    private static final String MODELS = "/_plugins/_generate/models/";
    private static final String WAIT = "?wait_for_completion=true";

    private final Cluster cluster;

    DeployClusterIT() throws IOException {
        cluster = Cluster.install(3);
    }

    @BeforeAll
    void start() throws IOException {
        Path llm = Files.createDirectories(node(0).repository().resolve("llm"));
        TinyModel.scripted(llm.resolve("pair.gguf"), "Pair");
        TinyModel.scripted(llm.resolve("single.gguf"), "Single");
        OrdinaryUser.own(node(0).repository());
        for (Node node : List.of(node(0), node(1))) {
            Path configuration = node.models().resolve("../../opensearch.yml").normalize();
            Files.writeString(configuration, "\nnode.attr.llm: true\n", StandardOpenOption.APPEND);
        }
        cluster.start(Map.of("plugins.generate.max_context", "2048"));
        node(0).put(
                        "/_snapshot/models",
                        "{\"type\": \"fs\", \"settings\": {\"location\": \"" + node(0).repository() + "\"}}")
                .expect(200);
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    private Node node(int number) {
        return cluster.node(number);
    }

    private String from(String name, String nodes) throws IOException {
        Path file = node(0).repository().resolve("llm").resolve(name);
        return "{\"source\": {\"repository\": \"models\", \"path\": \"llm/" + name + "\", \"sha256\": \""
                + Checksum.of(file) + "\"}, \"nodes\": " + nodes + "}";
    }

    /** The names of the nodes that have a model in some state, as one node sees it. */
    private Set<String> in(String state, String id, Node asked) {
        Set<String> names = new TreeSet<>();
        Reply reply = asked.get(MODELS + id);
        for (JsonNode node : reply.at("/nodes")) {
            if (node.path("state").asText().equals(state)) {
                names.add(node.path("name").asText());
            }
        }
        return names;
    }

    private void awaitLoaded(String id, Set<String> names) {
        Node.await(id + " on " + names, Asking.LOAD_LIMIT, () -> in("loaded", id, node(0))
                .equals(names));
    }

    private static boolean has(Node node, String id) {
        return Files.exists(node.data().resolve("models").resolve(id));
    }

    @Test
    @Order(1)
    void aModelGoesToTheNodesWithAnAttribute() throws IOException {
        Reply put = node(2).put(MODELS + "pair" + WAIT, from("pair.gguf", "{\"attributes\": {\"llm\": true}}"))
                .expect(200);
        assertEquals(2, put.at("/nodes").size(), put.body()::toPrettyString);
        assertEquals(Set.of("n0", "n1"), in("loaded", "pair", node(2)));
        assertTrue(has(node(0), "pair") && has(node(1), "pair"));
        assertFalse(has(node(2), "pair"));
        assertEquals(
                "Pair",
                node(2).post("/_generate", "{\"model\": \"pair\", \"question\": \"Who?\"}")
                        .expect(200)
                        .answer());
    }

    @Test
    @Order(2)
    void aNodeThatComesBackHasItsModelsAgainAndGetsTheOneThatItMatchesNow() throws IOException {
        node(0).put(MODELS + "single" + WAIT, from("single.gguf", "{\"count\": 1}"))
                .expect(200);
        assertEquals(Set.of("n2"), in("loaded", "single", node(0)), "it had no model");
        node(2).restart(Map.of("node.attr.llm", "true"));
        cluster.awaitAll();
        awaitLoaded("single", Set.of("n2"));
        awaitLoaded("pair", Set.of("n0", "n1", "n2"));
        assertTrue(has(node(2), "pair"));
        node(0).delete(MODELS + "single").expect(200);
        Node.await("the files to go", Asking.SOON, () -> !has(node(2), "single"));
        node(0).get(MODELS + "single").expect(404);
    }

    @Test
    @Order(3)
    void aNodeThatFailsLeavesTheOthersServing() throws IOException {
        TinyModel.scripted(node(0).models().resolve("part.gguf"), "Part");
        TinyModel.scripted(node(1).models().resolve("part.gguf"), "Part");
        String body = "{\"source\": {\"file\": \"part.gguf\"}}";
        Reply put = node(0).put(MODELS + "broken-part" + WAIT, body).expect(200);
        assertEquals(Set.of("n0", "n1"), in("loaded", "broken-part", node(0)), put.body()::toPrettyString);
        assertEquals(Set.of("n2"), in("failed", "broken-part", node(0)), put.body()::toPrettyString);
        TinyModel.scripted(node(2).models().resolve("part.gguf"), "Part");
        node(0).put(MODELS + "broken-part" + WAIT, body).expect(200);
        assertEquals(Set.of("n0", "n1", "n2"), in("loaded", "broken-part", node(0)));
        node(0).delete(MODELS + "broken-part").expect(200);
    }

    @Test
    @Order(4)
    void aDeletedModelGoesEverywhereAlsoFromANodeThatWasAway() throws IOException {
        node(1).stop();
        Cluster.awaitNodes(node(0), 2);
        node(0).delete(MODELS + "pair").expect(200);
        Node.await("the files to go", Asking.SOON, () -> !has(node(0), "pair") && !has(node(2), "pair"));
        assertTrue(has(node(1), "pair"), "it is away");
        node(1).restart(Map.of());
        cluster.awaitAll();
        Node.await("the files to go", Asking.SOON, () -> !has(node(1), "pair"));
        assertEquals(404, node(1).get(MODELS + "pair").status());
    }
}
