// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.models.deploy.DeploymentSource;
import org.opensearch.generate.models.deploy.NodeSelection;

/** What may stand in the body of a deployment. */
class DeploymentBodyTest {
    private static final String SUM = "0123456789abcdef".repeat(4);

    private static DeploymentBody parse(String json) throws IOException {
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                NamedXContentRegistry.EMPTY,
                DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
                json.replace("SUM", SUM))) {
            return DeploymentBody.parse(parser);
        }
    }

    @Test
    void allKindsOfSourcesAreRead() throws IOException {
        DeploymentSource file =
                parse("{'source': {'file': 'a.gguf'}}".replace('\'', '"')).source();
        assertEquals(DeploymentSource.Kind.FILE, file.kind());
        assertEquals(Map.of(), file.files());
        DeploymentSource repository = parse(
                        "{'source': {'repository': 'r', 'path': 'x/a.gguf', 'sha256': 'SUM'}}".replace('\'', '"'))
                .source();
        assertEquals(Map.of("a.gguf", SUM), repository.files());
        DeploymentSource url = parse(
                        "{'source': {'url': 'https://a.example/x', 'files': {'config.json': 'SUM', 'm.safetensors': 'SUM'}}}"
                                .replace('\'', '"'))
                .source();
        assertEquals(
                List.of("config.json", "m.safetensors"), List.copyOf(url.files().keySet()));
        assertTrue(url.folder());
    }

    @Test
    void nodesAreThoseThatHoldDataUnlessItSaysOtherwise() throws IOException {
        String source = "{\"source\": {\"file\": \"a.gguf\"}";
        assertEquals(NodeSelection.DATA_NODES, parse(source + "}").nodes());
        assertEquals(
                List.of("data"),
                List.copyOf(
                        parse(source + ", \"nodes\": {\"count\": 2}}").nodes().roles()));
        NodeSelection gpu = parse(source + ", \"nodes\": {\"attributes\": {\"gpu\": true}}}")
                .nodes();
        assertEquals(List.of(), List.copyOf(gpu.roles()));
        assertEquals(Map.of("gpu", "true"), gpu.attributes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "{} ~ source",
                "{'source': {}} ~ [source] must have one of",
                "{'source': {'file': 'a.gguf', 'url': 'https://x/a.gguf'}} ~ [source] must have one of",
                "{'source': {'repository': 'r', 'sha256': 'SUM'}} ~ belong together",
                "{'source': {'file': 'a.gguf', 'path': 'x'}} ~ belong together",
                "{'source': {'repository': 'r', 'path': 'a.gguf'}} ~ [source.sha256] is missing",
                "{'source': {'repository': 'r', 'path': 'a.gguf', 'sha256': 'abc'}} ~ 64 hexadecimal digits, found [abc]",
                "{'source': {'repository': 'r', 'path': '../a.gguf', 'sha256': 'SUM'}} ~ [source.path]",
                "{'source': {'repository': 'r', 'path': '/a.gguf', 'sha256': 'SUM'}} ~ [source.path]",
                "{'source': {'repository': 'r', 'path': 'a.bin', 'sha256': 'SUM'}} ~ .gguf",
                "{'source': {'file': 'x/a.gguf'}} ~ [source.file]",
                "{'source': {'file': '..'}} ~ [source.file]",
                "{'source': {'url': 'http://x/a.gguf', 'sha256': 'SUM'}} ~ https://",
                "{'source': {'url': 'https://me:secret@x/a.gguf', 'sha256': 'SUM'}} ~ no user",
                "{'source': {'url': 'https://x/a.gguf?key=1', 'sha256': 'SUM'}} ~ no query",
                "{'source': {'url': 'https://x y/a.gguf', 'sha256': 'SUM'}} ~ [source.url]",
                "{'source': {'url': 'https://x/a', 'files': {'a.txt': 'SUM'}}} ~ config.json",
                "{'source': {'url': 'https://x/a', 'files': {'../a.gguf': 'SUM'}}} ~ [../a.gguf]",
                "{'source': {'url': 'https://x/a', 'files': {'a.gguf': 'SUM'}, 'sha256': 'SUM'}} ~ found both",
                "{'source': {'file': 'a.gguf', 'pth': 'x'}} ~ pth",
                "{'source': {'file': 'a.gguf'}, 'node': {}} ~ node",
                "{'source': {'file': 'a.gguf'}, 'nodes': {'count': 0}} ~ [nodes.count] must be at least 1, found 0",
                "{'source': {'file': 'a.gguf'}, 'nodes': {'rolls': []}} ~ rolls",
                "{'source': {'file': 'a.gguf'}} {} ~ more after the body's end",
            })
    void whatIsWrongIsNamed(String body, String named) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> parse(body.replace('\'', '"')));
        assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
    }
}
