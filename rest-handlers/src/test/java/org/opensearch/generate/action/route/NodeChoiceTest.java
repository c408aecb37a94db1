// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.transport.TransportAddress;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Which node answers. */
class NodeChoiceTest {
    private static final String MODEL = "m";
    private static final int PROMPTS = 3000;

    private final List<DiscoveryNode> nodes = List.of(node("a"), node("b"), node("c"), node("d"));
    private final Map<DiscoveryNode, NodeLoad> loads = new HashMap<>();

    private static DiscoveryNode node(String id) {
        return new DiscoveryNode(id, new TransportAddress(InetAddress.getLoopbackAddress(), 9300), Version.CURRENT);
    }

    private void set(int node, State state, int requests) {
        loads.put(nodes.get(node), new NodeLoad(Map.of(MODEL, new ModelLoad(state, requests))));
    }

    private Optional<DiscoveryNode> loaded(long affinity, String... tried) {
        return new NodeChoice(nodes.getFirst(), false).loaded(MODEL, affinity, loads, Set.of(tried));
    }

    private int[] spread() {
        int[] counts = new int[nodes.size()];
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
            long affinity = NodeChoice.affinity(MODEL, task(null, null, "question " + prompt));
            counts[nodes.indexOf(loaded(affinity).orElseThrow())]++;
        }
        return counts;
    }

    @Test
    void promptsSpreadOverThoseThatHaveTheModelAndAboutAsFewRequests() {
        set(0, State.LOADED, 1);
        set(1, State.LOADED, 1 + NodeChoice.SLACK);
        set(2, State.LOADED, 2 + NodeChoice.SLACK);
        set(3, State.AVAILABLE, 0);
        int[] counts = spread();
        assertTrue(counts[0] > PROMPTS / 3 && counts[1] > PROMPTS / 3, counts[0] + " and " + counts[1]);
        assertEquals(0, counts[2], "too busy");
        assertEquals(0, counts[3], "not loaded");
    }

    @Test
    void amongLongQueuesAQuarterMoreCountsAsEqual() {
        set(0, State.LOADED, 40);
        set(1, State.LOADED, 50);
        set(2, State.LOADED, 51);
        int[] counts = spread();
        assertTrue(counts[0] > 0 && counts[1] > 0);
        assertEquals(0, counts[2]);
    }

    @Test
    void promptsThatBeginAlikeMeetAndStayWhenANodeComesOrGoes() {
        for (int node = 0; node < 3; node++) {
            set(node, State.LOADED, 0);
        }
        List<DiscoveryNode> before = new ArrayList<>();
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
            before.add(loaded(prompt).orElseThrow());
            assertEquals(before.getLast(), loaded(prompt).orElseThrow());
        }
        set(3, State.LOADED, 0);
        for (int prompt = 0; prompt < PROMPTS; prompt++) {
            DiscoveryNode now = loaded(prompt).orElseThrow();
            assertTrue(now.equals(before.get(prompt)) || now.equals(nodes.get(3)), "moved between old nodes");
        }
    }

    @Test
    void nodesThatWereTriedAreOut() {
        set(0, State.LOADED, 0);
        set(1, State.LOADED, 9);
        assertEquals(nodes.get(1), loaded(1, "a").orElseThrow());
        assertTrue(loaded(1, "a", "b").isEmpty());
    }

    @Test
    void thisNodeIsTakenWhereItIsPreferredAndHasTheModel() {
        set(0, State.LOADED, 9);
        set(1, State.LOADED, 0);
        NodeChoice preferring = new NodeChoice(nodes.getFirst(), true);
        assertEquals(nodes.get(0), preferring.loaded(MODEL, 1, loads, Set.of()).orElseThrow());
        assertEquals(
                nodes.get(1), preferring.loaded(MODEL, 1, loads, Set.of("a")).orElseThrow());
        set(0, State.AVAILABLE, 0);
        assertEquals(nodes.get(1), preferring.loaded(MODEL, 1, loads, Set.of()).orElseThrow());
    }

    @Test
    void aModelThatNobodyHasLoadedIsAskedForWhereItLoadsElseHereElseWhereItCould() {
        NodeChoice choice = new NodeChoice(nodes.getFirst(), false);
        assertEquals(nodes.get(0), choice.loading(MODEL, 1, loads), "nobody knows it");
        set(1, State.FAILED, 0);
        assertEquals(nodes.get(1), choice.loading(MODEL, 1, loads));
        set(2, State.AVAILABLE, 0);
        assertEquals(nodes.get(2), choice.loading(MODEL, 1, loads));
        set(0, State.FAILED, 0);
        assertEquals(nodes.get(0), choice.loading(MODEL, 1, loads));
        set(0, State.AVAILABLE, 0);
        assertEquals(nodes.get(0), choice.loading(MODEL, 1, loads));
        set(3, State.LOADING, 0);
        assertEquals(nodes.get(3), choice.loading(MODEL, 1, loads));
        set(0, State.LOADING, 0);
        assertEquals(nodes.get(0), choice.loading(MODEL, 1, loads));
    }

    @Test
    void promptsThatBeginAlikeAreKnownByTheirBeginning() {
        long here = NodeChoice.affinity(MODEL, task("Be brief.", "quartz", "What is hard?"));
        assertEquals(here, NodeChoice.affinity(MODEL, task("Be brief.", "quartz", "What is old?")), "same passage");
        assertNotEquals(here, NodeChoice.affinity(MODEL, task("Be brief.", "chalk", "What is hard?")));
        assertNotEquals(here, NodeChoice.affinity(MODEL, task("Be long.", "quartz", "What is hard?")));
        assertNotEquals(here, NodeChoice.affinity("other", task("Be brief.", "quartz", "What is hard?")));
        long first = NodeChoice.affinity(MODEL, task(null, null, "Hello"));
        AnswerTask later = new AnswerTask(
                List.of(
                        new ChatMessage("user", "Hello"),
                        new ChatMessage("assistant", "Hello!"),
                        new ChatMessage("user", "And now?")),
                null,
                ContextOptions.DEFAULT,
                options(),
                16,
                0);
        assertEquals(first, NodeChoice.affinity(MODEL, later), "a conversation stays");
    }

    private static AnswerTask task(@Nullable String system, @Nullable String document, String question) {
        List<ChatMessage> messages = new ArrayList<>();
        if (system != null) {
            messages.add(new ChatMessage("system", system));
        }
        messages.add(new ChatMessage("user", question));
        List<Document> documents = document == null
                ? null
                : List.of(
                        new Document("i", "without texts", List.of()),
                        new Document("i", document, List.of(new Document.Text("text", "hard"))));
        return new AnswerTask(messages, documents, ContextOptions.DEFAULT, options(), 16, 0);
    }

    private static AnswerOptions options() {
        return new AnswerOptions(null, 0, SamplingOptions.GREEDY, List.of(), AnswerOptions.NO_LOGPROBS, null);
    }
}
