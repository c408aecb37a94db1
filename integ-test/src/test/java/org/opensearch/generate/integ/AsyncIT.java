// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Answers that are asked for now and read later, on a node whose transport cannot stream. */
@ExtendWith(NodeExtension.class)
class AsyncIT {
    private static final String INDEX = "minerals-async";
    private static final String LONG =
            "{\"model\": \"endless\", \"question\": \"Speak.\", \"max_completion_tokens\": 8000, " + "\"async\": true}";

    private final Node node;

    AsyncIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }

    @AfterEach
    void reset() {
        set("null", "null", "null");
    }

    @Test
    void anIdAtOnceThenTextThenTheWholeReply() {
        Reply begun = node.post(
                        "/" + INDEX + "/_generate",
                        "{\"question\": \"What is the hardest mineral of the hill?\", \"async\": true, "
                                + "\"context\": {\"fields\": [\"title\", \"text\"]}}")
                .expect(200);
        String id = begun.at("/id").asText();
        assertTrue(id.length() > 32, "24 random bytes and the node's id");
        StringBuilder text = new StringBuilder();
        Reply reply = begun;
        while (!reply.at("/state").asText().equals("done")) {
            reply = node.get("/_generate/" + id + "?wait=2s&after=" + text.length())
                    .expect(200);
            text.append(reply.at("/text").asText());
            assertEquals(text.length(), reply.at("/next").asInt());
            assertFalse(reply.at("/state").asText().equals("failed"), reply.body()::toPrettyString);
        }
        assertEquals(NodeExtension.SCRIPT, text.toString());
        assertEquals("quartz", reply.at("/citations/0/_id").asText());
        JsonNode whole = reply.at("/response");
        assertEquals("quartz", whole.at("/hits/hits/0/_id").asText());
        assertEquals(
                NodeExtension.SCRIPT,
                whole.at("/generation/choices/0/message/content").asText());
        assertTrue(whole.at("/generation/usage/total_tokens").asInt() > 0);
        assertEquals(
                NodeExtension.SCRIPT, node.get("/_generate/" + id).at("/text").asText(), "from the beginning again");
        node.delete("/_generate/" + id).expect(200);
        node.get("/_generate/" + id).expect(404);
    }

    @Test
    void textComesWhileTheAnswerIsBeingWrittenAndDeletingStopsIt() {
        String id = begin(LONG);
        Reply some = node.get("/_generate/" + id + "?wait=10s").expect(200);
        assertEquals("running", some.at("/state").asText());
        assertFalse(some.at("/text").asText().isEmpty());
        int next = some.at("/next").asInt();
        Reply more = node.get("/_generate/" + id + "?wait=10s&after=" + next).expect(200);
        assertTrue(more.at("/next").asInt() > next);
        node.delete("/_generate/" + id).expect(200);
        Node.await("the pages to be free", Asking.SOON, () -> used() == 0);
        node.get("/_generate/" + id).expect(404);
        node.delete("/_generate/" + id).expect(404);
    }

    @Test
    void theOnesWhoWaitAreAnsweredWhenTheirTimeIsOver() {
        String id = begin(LONG);
        long start = System.nanoTime();
        Reply reply = node.get("/_generate/" + id + "?wait=300ms&after=1000000").expect(200);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals("", reply.at("/text").asText());
        assertTrue(seconds >= 0.3 && seconds < 5, "took " + seconds + " s");
        node.delete("/_generate/" + id).expect(200);
    }

    @Test
    void aFailureIsReadToo() {
        String id = begin("{\"question\": \"x\", \"model\": \"nobody\", \"async\": true}");
        Reply reply = node.get("/_generate/" + id + "?wait=10s").expect(200);
        assertEquals("failed", reply.at("/state").asText());
        assertEquals(404, reply.at("/status").asInt());
        assertTrue(reply.reason().contains("nobody"), reply.body()::toPrettyString);
    }

    @Test
    void finishedAnswersAreBoundedInNumberAndTime() {
        set("2", "null", "null");
        String first = finished();
        String second = finished();
        String third = finished();
        node.get("/_generate/" + first).expect(404);
        node.get("/_generate/" + second).expect(200);
        node.get("/_generate/" + third).expect(200);
        set("null", "null", "\"100ms\"");
        String short1 = begin("{\"question\": \"Hello\", \"async\": true}");
        Node.await(
                "the answer to leave",
                Asking.SOON,
                () -> node.get("/_generate/" + short1).status() == 404);
    }

    @Test
    void runningAnswersAreBoundedInNumber() {
        set("1", "null", "null");
        String running = begin(LONG);
        Reply refused = node.post("/_generate", LONG).expect(429);
        assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
        node.delete("/_generate/" + running).expect(200);
        Node.await("the pages to be free", Asking.SOON, () -> used() == 0);
    }

    @Test
    void badRequestsAreNamed() {
        assertTrue(node.get("/_generate/x?wait=soon").expect(400).reason().contains("wait"));
        assertTrue(node.get("/_generate/x?wait=10m").expect(400).reason().contains("wait"));
        assertTrue(node.get("/_generate/x?after=-1").expect(400).reason().contains("after"));
        node.post("/_generate", "{\"question\": \"x\", \"async\": \"perhaps\"}").expect(400);
    }

    @Test
    void idsAreAllDifferent() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            ids.add(finished());
        }
        assertEquals(20, ids.size());
    }

    private String begin(String body) {
        return node.post("/_generate", body).expect(200).at("/id").asText();
    }

    private String finished() {
        String id = begin("{\"question\": \"Hello\", \"async\": true}");
        Node.await(
                "the answer",
                Asking.SOON,
                () -> !node.get("/_generate/" + id).at("/state").asText().equals("running"));
        return id;
    }

    private int used() {
        return Asking.stats(node, "endless").at("/pages/used").asInt();
    }

    private void set(String answers, String memory, String keep) {
        node.put(
                        "/_cluster/settings",
                        "{\"persistent\": {\"plugins.generate.async.max_answers\": " + answers
                                + ", \"plugins.generate.async.max_memory\": " + memory
                                + ", \"plugins.generate.async.keep\": " + keep + "}}")
                .expect(200);
    }
}
