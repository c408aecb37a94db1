// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.transport.TransportAddress;
import org.opensearch.generate.models.ModelInfo.State;

/** What a node knows of the others; clock and wire are the test's. */
class NodeLoadsTest {
    private static final String MODEL = "m";

    private final DiscoveryNode a = node("a");
    private final DiscoveryNode b = node("b");
    private final List<DiscoveryNode> cluster = new ArrayList<>(List.of(a, b));
    private final Map<DiscoveryNode, ActionListener<NodeLoad>> asked = new LinkedHashMap<>();
    private final List<Runnable> timers = new ArrayList<>();
    private final List<Map<DiscoveryNode, NodeLoad>> told = new ArrayList<>();
    private long now = 5;
    private final NodeLoads loads =
            new NodeLoads(() -> cluster, asked::put, (delay, what) -> timers.add(what), () -> now);

    private static DiscoveryNode node(String id) {
        return new DiscoveryNode(id, new TransportAddress(InetAddress.getLoopbackAddress(), 9300), Version.CURRENT);
    }

    private void says(DiscoveryNode node, int requests) {
        ActionListener<NodeLoad> listener = Objects.requireNonNull(asked.remove(node));
        listener.onResponse(new NodeLoad(Map.of(MODEL, new ModelLoad(State.LOADED, requests))));
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private int requests(DiscoveryNode node) {
        loads.current(told::add);
        NodeLoad load = Objects.requireNonNull(told.getLast().get(node));
        return Objects.requireNonNull(load.models().get(MODEL)).requests();
    }

    @Test
    void theFirstWaitsForAllAndTheNextDoNotAsk() {
        loads.current(told::add);
        loads.current(told::add);
        says(a, 1);
        assertTrue(told.isEmpty());
        says(b, 2);
        assertEquals(2, told.size());
        pass(900);
        assertEquals(2, requests(b));
        assertTrue(asked.isEmpty(), "news of this second are new enough");
    }

    @Test
    void oldNewsAreUsedWhileNewOnesCome() {
        loads.current(told::add);
        says(a, 1);
        says(b, 2);
        pass(1500);
        assertEquals(1, requests(a));
        assertEquals(2, asked.size());
        assertEquals(1, requests(a));
        assertEquals(2, asked.size(), "one round at a time");
        says(a, 8);
        says(b, 9);
        assertEquals(8, requests(a));
        pass(10_000);
        loads.current(told::add);
        int before = told.size();
        says(a, 3);
        says(b, 3);
        assertEquals(before + 1, told.size(), "what is too old is waited for");
    }

    @Test
    void whoeverWaitsDoesNotWaitLongForASilentNode() {
        loads.current(told::add);
        says(a, 1);
        timers.forEach(Runnable::run);
        assertEquals(1, told.size());
        assertTrue(told.getFirst().containsKey(a));
        assertFalse(told.getFirst().containsKey(b));
        Objects.requireNonNull(asked.remove(b)).onFailure(new IllegalStateException("no plugin there"));
        assertEquals(1, told.size(), "told once");
    }

    @Test
    void whatWasSentSinceIsAddedAndWhatCameBackTakenOff() {
        loads.sent(a, MODEL, 2);
        loads.current(told::add);
        loads.sent(a, MODEL, 3);
        says(a, 2);
        says(b, 0);
        assertEquals(5, requests(a));
        loads.back(a, MODEL, 4);
        assertEquals(1, requests(a));
        loads.back(a, MODEL, 1);
        assertEquals(0, requests(a));
    }

    @Test
    void aNodeThatIsNotWhatItSaidIsLeftOutUntilItSaysAnew() {
        loads.current(told::add);
        says(a, 1);
        says(b, 2);
        loads.distrust(a);
        loads.current(told::add);
        assertFalse(told.getLast().containsKey(a));
        loads.renewed(told::add);
        says(a, 4);
        says(b, 2);
        assertEquals(4, requests(a));
    }

    @Test
    void aNodeThatLeftTheClusterIsForgotten() {
        loads.current(told::add);
        says(a, 1);
        says(b, 2);
        cluster.remove(b);
        loads.current(told::add);
        assertFalse(told.getLast().containsKey(b));
    }
}
