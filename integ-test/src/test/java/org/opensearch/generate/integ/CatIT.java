// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code _cat/generate}, in the form of all of OpenSearch's {@code _cat}. */
@ExtendWith(NodeExtension.class)
class CatIT {
    private final Node node;

    CatIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.load(node, "scripted");
        node.post("/_generate", "{\"question\": \"Who is counted here?\", \"model\": \"scripted\"}")
                .expect(200);
    }

    @Test
    void aLineAModelWithHeadings() {
        List<String> lines = lines("/_cat/generate?v");
        assertTrue(lines.getFirst().startsWith("node_name"), lines::toString);
        for (String column : List.of("model", "state", "tokens_per_second", "ttft.p50", "queued", "pages.used")) {
            assertTrue(lines.getFirst().contains(" " + column), lines::toString);
        }
        assertTrue(lines.stream().anyMatch(line -> line.contains(" scripted ") && line.contains(" loaded ")));
        assertTrue(lines.stream().anyMatch(line -> line.contains(" endless ")));
    }

    @Test
    void columnsAreChosenByNameAliasOrPattern() {
        assertEquals(List.of("m        s", "scripted loaded"), lines("/_cat/generate/scripted?v&h=m,s"));
        assertEquals(
                "pages.used pages.cached pages.total",
                lines("/_cat/generate/scripted?v&h=pages.*").getFirst());
    }

    @Test
    void helpTellsOfEachColumn() {
        List<String> lines = lines("/_cat/generate?help");
        assertTrue(lines.size() > 25, lines::toString);
        assertTrue(
                lines.stream()
                        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 2),
                lines::toString);
        assertEquals(
                lines.size(),
                lines.stream()
                        .map(line -> line.substring(line.indexOf('|'), line.lastIndexOf('|')))
                        .distinct()
                        .count());
        assertTrue(Plain.get(node, "/_cat").body().contains("/_cat/generate/{model}"));
    }

    @Test
    void asJsonWithUnits() {
        JsonNode row = node.get("/_cat/generate/scripted?format=json&h=*&time=micros&bytes=b")
                .expect(200)
                .at("/0");
        assertEquals("scripted", row.path("model").asText());
        assertTrue(row.path("ttft.p50").asLong() > 0, row::toPrettyString);
        assertEquals(
                Asking.stats(node, "scripted").at("/memory/total_bytes").asText(),
                row.path("memory").asText());
        assertEquals(Asking.breakerBytes(node), row.path("breaker.used").asLong());
        assertTrue(row.path("finished.stop").asLong() > 0);
    }

    @Test
    void rowsAreSorted() {
        List<String> down = models("/_cat/generate?format=json&s=model:desc");
        List<String> up = models("/_cat/generate?format=json&s=model");
        assertEquals(up.reversed(), down);
        assertTrue(up.containsAll(List.of("endless", "scripted")), up::toString);
    }

    @Test
    void aModelThatNobodyHasIsNoLine() {
        assertEquals(List.of(), lines("/_cat/generate/nobody*"));
    }

    private List<String> models(String path) {
        List<String> models = new ArrayList<>();
        node.get(path)
                .expect(200)
                .body()
                .forEach(row -> models.add(row.path("model").asText()));
        assertFalse(models.isEmpty());
        return models;
    }

    private List<String> lines(String path) {
        return Plain.get(node, path)
                .body()
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
    }
}
