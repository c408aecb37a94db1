// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The console in a headless Chromium; subclasses say of which node. */
abstract class ConsoleTests {
    private static final Npm NPM = new Npm("console-browser");
    static final ObjectMapper JSON = new ObjectMapper();
    private static final String PAGE = "/_plugins/_generate/console";

    /** In a document that says what the scripted model says. */
    private static final String HOSTILE =
            "The hardest mineral of the hill is quartz</p><script>window.hacked = 1</script>.";

    private final Node node;
    private final boolean streams;

    ConsoleTests(Node node, boolean streams) {
        this.node = node;
        this.streams = streams;
    }

    /** Brings the browser through npm, once. */
    @BeforeAll
    static void install() throws IOException {
        NPM.install("@sparticuz/chromium@143.0.4", "puppeteer-core@24.34.0", "axe-core@4.11.0");
    }

    /** What a scenario of {@code console.mjs} shows, in a page that had nothing to complain of. */
    final JsonNode look(String scenario) throws IOException {
        JsonNode seen = JSON.readTree(NPM.script("console.mjs", "http://127.0.0.1:" + node.port(), scenario));
        assertEquals("[]", seen.path("complaints").toString());
        assertEquals("[]", seen.path("others").toString(), "requests to somebody else");
        return seen.path("result");
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    @Test
    void thePageLoads() throws IOException {
        JsonNode seen = look("load");
        assertEquals("Generate console", seen.path("title").asText());
        boolean only = !seen.path("index").asText().isEmpty();
        assertEquals(only ? "question" : "index", seen.path("focus").asText());
    }

    @Test
    void anAnswerComesWithCitationsThatLeadToTheirPassage() throws IOException {
        JsonNode seen = look("answer");
        assertEquals("Quartz 1.", seen.path("answer").asText());
        assertEquals(List.of("1"), texts(seen.path("links")));
        assertEquals(List.of("The hardest mineral of the hill is quartz."), texts(seen.path("marks")));
        assertTrue(seen.path("passages").asInt() > 1);
        assertTrue(seen.path("facts").asText().startsWith("scripted · first token after "), seen::toString);
        assertEquals("passage-1", seen.at("/focus/id").asText());
        assertTrue(seen.at("/focus/current").asBoolean());
        assertEquals("Passage 1", seen.path("back").asText());
        assertEquals(streams, seen.path("streamed").asBoolean());
    }

    @Test
    void hostileDocumentsStayText() throws IOException {
        node.put("/hostile", "{\"settings\": {\"number_of_replicas\": 0}}");
        String id = "\\\"><img src=x onerror=window.hacked=1>";
        String title = "<img src=x onerror='window.hacked=1'>";
        node.post(
                        "/hostile/_bulk?refresh=true",
                        "{\"index\": {\"_id\": \"" + id + "\"}}\n{\"title\": \"" + title + "\", \"text\": \"" + HOSTILE
                                + "\", \"<b>field</b>\": \"<svg onload=window.hacked=1> of a hill\"}\n")
                .expect(200);
        JsonNode seen = look("hostile");
        assertFalse(seen.path("hacked").asBoolean());
        assertTrue(texts(seen.path("texts")).containsAll(List.of(title, HOSTILE)), seen::toPrettyString);
        assertTrue(seen.path("sources").toString().contains("onerror=window.hacked=1>"), seen::toPrettyString);
        assertEquals(List.of(HOSTILE), texts(seen.path("marks")));
        assertTrue(
                texts(seen.path("elements")).stream().allMatch(List.of("H3", "P", "MARK")::contains),
                seen::toPrettyString);
    }

    @Test
    void markupInAnAnswerStaysText() throws IOException {
        TinyModel.scripted(node.models().resolve("markup.gguf"), "<img src=/>");
        Asking.load(node, "markup");
        JsonNode seen = look("markup");
        node.post("/_plugins/_generate/models/markup/_unload", "").expect(200);
        Files.delete(node.models().resolve("markup.gguf"));
        assertEquals("<img src=/>", seen.path("answer").asText());
        assertEquals(0, seen.path("elements").asInt());
    }

    @Test
    void anUnknownIndexIsAnErrorThatIsReadOut() throws IOException {
        JsonNode seen = look("unknownIndex");
        assertTrue(seen.path("problem").asText().contains("no such index [nowhere]"), seen::toString);
        assertEquals("alert", seen.path("role").asText());
        assertEquals(List.of(), texts(seen.path("violations")));
    }

    @Test
    void nothingFoundIsSaid() throws IOException {
        JsonNode seen = look("nothing");
        assertEquals(
                "Nothing was found; the model answers without.",
                seen.path("hint").asText());
        assertEquals(0, seen.path("passages").asInt());
        assertTrue(seen.path("answer").asText().startsWith("Quartz"), seen::toString);
    }

    @Test
    void numbersAreLiveAndAnAnswerCanBeStopped() throws IOException {
        JsonNode seen = look("stop");
        assertTrue(seen.path("rate").asDouble() > 0);
        assertTrue(seen.path("pages").asInt() > 0);
        assertTrue(seen.path("trend").asText().contains(" "), seen::toString);
        assertEquals("Stopped.", seen.path("facts").asText());
        assertFalse(seen.path("ttft").asText().equals("–"));
    }

    @Test
    void itIsAccessible() throws IOException {
        JsonNode seen = look("accessible");
        assertEquals(List.of(), texts(seen.path("light")));
        assertEquals(List.of(), texts(seen.path("dark")));
    }

    @Test
    void itFitsAPhone() throws IOException {
        JsonNode seen = look("narrow");
        assertEquals(seen.path("window").asInt(), seen.path("page").asInt(), "nothing to scroll sideways");
        assertTrue(seen.path("button").asDouble() >= 44, "large enough for a finger");
    }

    @Test
    void filesAreKeptAndGuarded() {
        HttpResponse<String> page = Plain.get(node, PAGE);
        assertEquals(200, page.statusCode());
        assertEquals("text/html; charset=utf-8", header(page, "content-type"));
        String policy = header(page, "content-security-policy");
        assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertFalse(page.body().contains("http"), "nothing from elsewhere");
        HttpResponse<String> again = Plain.get(node, PAGE, "If-None-Match", header(page, "etag"));
        assertEquals(304, again.statusCode());
        assertEquals("", again.body());
        HttpResponse<String> script = Plain.get(node, PAGE + "/main.js");
        assertEquals("text/javascript; charset=utf-8", header(script, "content-type"));
        assertFalse(header(script, "etag").equals(header(page, "etag")));
        assertEquals(404, Plain.get(node, PAGE + "/package-info.class").statusCode());
        assertEquals("../console", header(Plain.get(node, PAGE + "/"), "location"));
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
