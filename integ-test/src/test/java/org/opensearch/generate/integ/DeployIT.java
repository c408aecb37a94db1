// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models that are deployed to a node from a snapshot repository, and from its model folder. Restarts the node, so it runs late. */
@Order(Integer.MAX_VALUE - 2)
@ExtendWith(NodeExtension.class)
class DeployIT {
    private static final String MODELS = "/_plugins/_generate/models/";
    private static final String WAIT = "?wait_for_completion=true";
    private static final String WRONG = "0123456789abcdef".repeat(4);
    private static final long LARGE = 3L << 30;

    private final Node node;

    DeployIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) throws IOException {
        Files.createDirectories(node.repository().resolve("llm"));
        OrdinaryUser.own(node.repository());
        node.put("/_snapshot/models", "{\"type\": \"fs\", \"settings\": {\"location\": \"" + node.repository() + "\"}}")
                .expect(200);
    }

    private Path publish(String name, String answer) throws IOException {
        Path file = node.repository().resolve("llm").resolve(name);
        TinyModel.scripted(file, answer);
        return file;
    }

    private static String from(String name, String sha256) {
        return "{\"source\": {\"repository\": \"models\", \"path\": \"llm/" + name + "\", \"sha256\": \"" + sha256
                + "\"}}";
    }

    private Path folder(String id) {
        return node.data().resolve("models").resolve(id);
    }

    private List<String> packed(String id) throws IOException {
        try (Stream<Path> files = Files.list(node.data().resolve("packed"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith(id))
                    .toList();
        }
    }

    private String answer(String model) {
        return node.post("/_generate", "{\"model\": \"" + model + "\", \"question\": \"Who?\"}")
                .expect(200)
                .answer();
    }

    /** The only node's part in a model. */
    private JsonNode part(String id) {
        return node.get(MODELS + id).expect(200).at("/nodes").elements().next();
    }

    @Test
    void aModelComesFromARepositoryStaysOverARestartAndGoesWithoutATrace() throws IOException {
        Path file = publish("remote.gguf", "Far");
        long breaker = Asking.breakerBytes(node);
        Reply put = node.put(MODELS + "chat" + WAIT, from("remote.gguf", Checksum.of(file)))
                .expect(200);
        assertEquals("loaded", put.at("/state").asText(), put.body()::toPrettyString);
        assertEquals("models", put.at("/deployment/source/repository").asText());
        assertEquals("data", put.at("/deployment/nodes/roles/0").asText());
        assertEquals("loaded", put.at("/nodes").elements().next().path("state").asText());
        assertEquals("Far", answer("chat"));
        assertTrue(Files.exists(folder("chat").resolve("remote.gguf")));
        assertEquals("loaded", Asking.state(node, "chat"));

        Files.delete(file);
        node.restart(Map.of());
        Node.await(
                "the model", Asking.LOAD_LIMIT, () -> Asking.state(node, "chat").equals("loaded"));
        assertEquals("Far", answer("chat"));
        assertEquals(1, packed("remote").size());

        node.delete(MODELS + "chat").expect(200);
        Node.await(
                "the model to go", Asking.SOON, () -> Asking.state(node, "chat").equals("absent"));
        Node.await("its files to go", Asking.SOON, () -> isGone("chat"));
        assertEquals(List.of(), packed("remote"));
        Node.await("its memory", Asking.SOON, () -> Asking.breakerBytes(node) <= breaker);
        node.get(MODELS + "chat").expect(404);
        node.delete(MODELS + "chat").expect(404);
    }

    private boolean isGone(String id) {
        return !Files.exists(folder(id)) && node.get(MODELS + id).status() == 404;
    }

    @Test
    void theWrongChecksumIsAClearErrorAndDeletesTheFile() throws IOException {
        publish("broken-sum.gguf", "Wrong");
        Reply put = node.put(MODELS + "broken-sum" + WAIT, from("broken-sum.gguf", WRONG))
                .expect(200);
        assertEquals("failed", put.at("/state").asText(), put.body()::toPrettyString);
        assertTrue(put.at("/error").asText().contains("SHA-256"), put.body()::toPrettyString);
        assertTrue(put.at("/error").asText().contains(WRONG), put.body()::toPrettyString);
        assertFalse(Files.exists(folder("broken-sum").resolve("broken-sum.gguf")));
        Reply asked = node.post("/_generate", "{\"model\": \"broken-sum\", \"question\": \"Who?\"}");
        assertTrue(asked.reason().contains("PUT"), asked.body()::toPrettyString);
        node.delete(MODELS + "broken-sum").expect(200);
        Node.await("it to go", Asking.SOON, () -> isGone("broken-sum"));
    }

    @Test
    void aCancelledDeploymentLeavesNothing() throws IOException {
        Path large = node.repository().resolve("llm/broken-large.gguf");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(LARGE);
        }
        String task = node.put(MODELS + "broken-large", from("broken-large.gguf", WRONG))
                .expect(200)
                .at("/task")
                .asText();
        Node.await(
                "bytes to come",
                Asking.SOON,
                () -> watched(task).path("done_bytes").asLong() > 0);
        assertEquals("downloading", watched(task).path("state").asText());
        assertEquals(LARGE, watched(task).path("total_bytes").asLong());
        Reply own = node.get("/_tasks?detailed&actions=*models/deploy*n*").expect(200);
        assertTrue(own.body().toString().contains("\"phase\":\"downloading\""), own.body()::toPrettyString);
        node.post("/_tasks/" + task + "/_cancel?wait_for_completion=true", "").expect(200);
        Node.await("it to go", Asking.SOON, () -> isGone("broken-large"));
        Files.delete(large);
    }

    /** The only node's part in the status of a task. */
    private JsonNode watched(String task) {
        Iterator<JsonNode> nodes =
                node.get("/_tasks/" + task).expect(200).at("/task/status/nodes").elements();
        return nodes.hasNext() ? nodes.next() : MissingNode.getInstance();
    }

    @Test
    void aModelFolderFileIsDeployedUnderAnotherId() throws IOException {
        Path file = node.models().resolve("local.gguf");
        TinyModel.scripted(file, "Local");
        String body = "{\"source\": {\"file\": \"local.gguf\", \"sha256\": \"" + Checksum.of(file) + "\"}}";
        node.put(MODELS + "alias" + WAIT, body).expect(200);
        assertEquals("Local", answer("alias"));
        String other = "{\"source\": {\"file\": \"other.gguf\"}}";
        Reply conflict = node.put(MODELS + "alias", other).expect(409);
        assertTrue(conflict.reason().contains("local.gguf"), conflict.reason());
        assertEquals(
                "loaded",
                node.put(MODELS + "alias" + WAIT, body).expect(200).at("/state").asText());
        node.delete(MODELS + "alias").expect(200);
        Node.await("it to go", Asking.SOON, () -> isGone("alias"));
        assertTrue(Files.exists(file), "the folder is its owner's");
        Files.delete(file);
    }

    @Test
    void deletingAModelEndsItsAnswers() throws Exception {
        node.put(MODELS + "talker" + WAIT, "{\"source\": {\"file\": \"endless.gguf\"}}")
                .expect(200);
        CompletableFuture<HttpResponse<String>> answer = node.postAsync(
                "/_generate", "{\"model\": \"talker\", \"question\": \"Speak.\", \"max_completion_tokens\": 8000}");
        Node.await(
                "the answer to be running",
                Asking.SOON,
                () -> Asking.stats(node, "talker").at("/requests/running").asInt() == 1);
        node.delete(MODELS + "talker").expect(200);
        Node.reply(answer.get(Asking.SOON.toSeconds(), TimeUnit.SECONDS)).expect(503);
        Node.await("it to go", Asking.SOON, () -> isGone("talker"));
    }

    @Test
    void anIdleModelStaysDeployedAndComesBackOnDemand() throws IOException {
        TinyModel.scripted(node.models().resolve("rare.gguf"), "Rare");
        String body = "{\"source\": {\"file\": \"rare.gguf\"}}";
        node.put(MODELS + "rested" + WAIT, body).expect(200);
        idleTimeout("\"1s\"");
        Node.await("the model to rest", Asking.SOON, () -> Asking.state(node, "rested")
                .equals("available"));
        node.put(MODELS + "witness" + WAIT, body).expect(200);
        assertEquals("available", Asking.state(node, "rested"), "another deployment is no reason to wake it");
        idleTimeout("null");
        assertEquals("Rare", answer("rested"));
        assertEquals("loaded", part("rested").path("state").asText());
        node.delete(MODELS + "rested").expect(200);
        node.delete(MODELS + "witness").expect(200);
        Node.await("both to go", Asking.SOON, () -> isGone("rested") && isGone("witness"));
        Files.delete(node.models().resolve("rare.gguf"));
    }

    private void idleTimeout(String value) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.idle_timeout\": " + value + "}}")
                .expect(200);
    }

    @Test
    void whatFailsOnANodeIsTriedAgain() throws IOException {
        String body = "{\"source\": {\"file\": \"broken-late.gguf\"}}";
        Reply put = node.put(MODELS + "broken-late" + WAIT, body).expect(200);
        assertEquals("failed", put.at("/state").asText(), put.body()::toPrettyString);
        assertTrue(put.at("/error").asText().contains("broken-late.gguf"), put.body()::toPrettyString);
        TinyModel.scripted(node.models().resolve("broken-late.gguf"), "Late");
        Node.await("another try", Asking.LOAD_LIMIT, () -> Asking.state(node, "broken-late")
                .equals("loaded"));
        assertEquals("Late", answer("broken-late"));
        node.delete(MODELS + "broken-late").expect(200);
        Node.await(
                "it to go",
                Asking.SOON,
                () -> part("broken-late").path("state").asText().equals("available"));
        Files.delete(node.models().resolve("broken-late.gguf"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "bad ~ {} ~ 400 ~ source",
                "-bad ~ {'source': {'file': 'a.gguf'}} ~ 400 ~ model id",
                "bad ~ {'source': {'repository': 'nowhere', 'path': 'a.gguf', 'sha256': 'SUM'}} ~ 404 ~ nowhere",
                "bad ~ {'source': {'repository': 'models', 'path': 'nowhere/a.gguf', 'sha256': 'SUM'}} ~ 404 ~ nowhere",
                "bad ~ {'source': {'repository': 'models', 'path': 'llm/absent.gguf', 'sha256': 'SUM'}} ~ 404 ~ absent.gguf",
                "bad ~ {'source': {'url': 'https://localhost/a.gguf', 'sha256': 'SUM'}} ~ 400 ~ plugins.generate.url.allowed",
                "bad ~ {'source': {'file': 'a.gguf'}, 'nodes': {'count': 0}} ~ 400 ~ nodes.count",
            })
    void aBadRequestIsRefusedAndNamed(String id, String body, int status, String named) {
        Reply reply = node.put(MODELS + id, body.replace('\'', '"').replace("SUM", WRONG))
                .expect(status);
        assertTrue(reply.reason().contains(named), reply.body()::toPrettyString);
        node.get(MODELS + id).expect(404);
    }

    @Test
    void aModelThatIsNotDeployedCannotBeDeleted() {
        Reply reply = node.delete(MODELS + "scripted").expect(404);
        assertTrue(reply.reason().contains("model folder"), reply.reason());
    }
}
