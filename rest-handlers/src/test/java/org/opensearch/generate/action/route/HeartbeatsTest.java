// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.transport.TransportAddress;

/** Which nodes are taken for silent; wire and timer are the test's. */
class HeartbeatsTest {
    private final DiscoveryNode node =
            new DiscoveryNode("a", new TransportAddress(InetAddress.getLoopbackAddress(), 9300), Version.CURRENT);
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final Deque<Consumer<Boolean>> asked = new ArrayDeque<>();
    private final List<String> silent = new ArrayList<>();
    private final Heartbeats heartbeats =
            new Heartbeats((of, alive) -> asked.add(alive), (delay, what) -> timers.add(what));

    /** The pause is over, and the node answers or not. */
    private void beat(boolean alive) {
        timers.remove().run();
        asked.remove().accept(alive);
    }

    @Test
    void allWhoWaitAreToldWhenSignsOfLifeAreMissing() {
        heartbeats.watch(node, () -> silent.add("first"));
        beat(false);
        heartbeats.watch(node, () -> silent.add("second"));
        beat(false);
        assertEquals(List.of(), silent);
        beat(false);
        assertEquals(List.of("first", "second"), silent);
        assertTrue(timers.isEmpty() && asked.isEmpty(), "told once");
    }

    @Test
    void oneSignOfLifeMakesUpForThoseMissed() {
        heartbeats.watch(node, () -> silent.add("first"));
        for (boolean alive : new boolean[] {false, false, true, false, false}) {
            beat(alive);
        }
        assertEquals(List.of(), silent);
        beat(false);
        assertEquals(List.of("first"), silent);
    }

    @Test
    void whoeverHasWhatItWantedIsNotTold() {
        Releasable watch = heartbeats.watch(node, () -> silent.add("first"));
        heartbeats.watch(node, () -> silent.add("second"));
        beat(false);
        watch.close();
        beat(false);
        beat(false);
        assertEquals(List.of("second"), silent);
    }

    @Test
    void nobodyIsAskedWhenNothingIsWanted() {
        Releasable watch = heartbeats.watch(node, () -> silent.add("first"));
        beat(true);
        watch.close();
        timers.remove().run();
        assertTrue(timers.isEmpty() && asked.isEmpty());
        heartbeats.watch(node, () -> silent.add("again"));
        beat(false);
        assertEquals(1, timers.size(), "one question at a time");
    }
}
