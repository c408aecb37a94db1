// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Models from addresses: as far as the operator allows it, and no further. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeployUrlIT {
    private static final String MODELS = "/_plugins/_generate/models/";
    private static final String WAIT = "?wait_for_completion=true";

    private final Node node;
    private final Path files;
    private final HttpsFiles server;

    DeployUrlIT() throws IOException {
        node = Node.install();
        files = Files.createDirectories(node.home().resolve("config/web/files"));
        server = new HttpsFiles(files);
    }

    @BeforeAll
    void start() throws IOException {
        Files.writeString(
                node.home().resolve("config/jvm.options.d/trust.options"),
                "-Djavax.net.ssl.trustStore=" + server.trustStore() + "\n-Djavax.net.ssl.trustStorePassword="
                        + HttpsFiles.PASSWORD + "\n");
        Files.writeString(
                node.home().resolve("plugins/opensearch-generate/plugin-security.policy"),
                "grant {\n  permission java.net.SocketPermission \"localhost:" + server.port()
                        + "\", \"connect,resolve\";\n};\n");
        OrdinaryUser.own(node.home().resolve("config"));
        node.start(Map.of(
                "plugins.generate.url.allowed",
                server.url("/files/") + "," + server.url("/moved/") + "," + server.url("/away/") + ",https://127.0.0.2:"
                        + server.port() + "/files/"));
    }

    @AfterAll
    void stop() {
        node.close();
        server.close();
    }

    private Reply deploy(String id, String url) throws IOException {
        Path file = files.resolve(id + ".gguf");
        TinyModel.scripted(file, "Web");
        return node.put(
                        MODELS + id + WAIT,
                        "{\"source\": {\"url\": \"" + url + "\", \"sha256\": \"" + Checksum.of(file) + "\"}}")
                .expect(200);
    }

    @Test
    void aModelComesFromAnAllowedAddressAndGoesOnWhereItBroke() throws IOException {
        server.breakAfter(1_000_000);
        Reply broken = deploy("web", server.url("/files/web.gguf"));
        assertEquals("failed", broken.at("/state").asText(), broken.body()::toPrettyString);
        server.breakAfter(Long.MAX_VALUE);
        Reply whole = deploy("web", server.url("/files/web.gguf"));
        assertEquals("loaded", whole.at("/state").asText(), whole.body()::toPrettyString);
        assertEquals(
                List.of(
                        "HEAD /files/web.gguf",
                        "GET /files/web.gguf",
                        "HEAD /files/web.gguf",
                        "GET /files/web.gguf bytes=1000000-"),
                server.requests().stream()
                        .filter(line -> line.contains("/web.gguf"))
                        .toList());
        assertEquals(
                "Web",
                node.post("/_generate", "{\"model\": \"web\", \"question\": \"Who?\"}")
                        .expect(200)
                        .answer());
    }

    @Test
    void aRedirectionIsFollowedWhereItIsAllowed() throws IOException {
        Reply moved = deploy("moved", server.url("/moved/moved.gguf"));
        assertEquals("loaded", moved.at("/state").asText(), moved.body()::toPrettyString);
        Reply away = deploy("away", server.url("/away/away.gguf"));
        assertEquals("failed", away.at("/state").asText(), away.body()::toPrettyString);
        assertTrue(away.at("/error").asText().contains("elsewhere.example"), away.body()::toPrettyString);
    }

    @Test
    void whatThePolicyDoesNotGrantIsDeniedAndNamed() throws IOException {
        Reply denied = deploy("denied", "https://127.0.0.2:" + server.port() + "/files/denied.gguf");
        assertEquals("failed", denied.at("/state").asText(), denied.body()::toPrettyString);
        assertTrue(denied.at("/error").asText().contains("Denied access to: 127.0.0.2"), denied.body()::toPrettyString);
    }

    @Test
    void anAddressThatIsNotAllowedIsRefused() {
        for (String url : List.of(
                "https://localhost/files/a.gguf", server.url("/other/a.gguf"), server.url("/files/%2e%2e/a.gguf"))) {
            Reply refused = node.put(
                            MODELS + "refused",
                            "{\"source\": {\"url\": \"" + url + "\", \"sha256\": \"" + "ab".repeat(32) + "\"}}")
                    .expect(400);
            assertTrue(refused.reason().contains("plugins.generate.url.allowed"), refused.reason());
        }
    }
}
