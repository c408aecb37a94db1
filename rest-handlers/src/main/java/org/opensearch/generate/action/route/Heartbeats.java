// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.unit.TimeValue;

/**
 * Notices nodes that do nothing any more although their connections stand: a stopped process, a machine that swaps, a network that
 * swallows.
 *
 * <h2>Idea</h2>
 * While something is wanted of a node it is asked for a sign of life, each time a while after the last. Those who wait for a node
 * that has missed {@value #MISSED} in a row are told. What is counted is signs, not time: should this node itself have stood still,
 * others have missed one of them at most.
 *
 * <h2>Threads</h2>
 * Any; state is under this object's lock, callbacks run outside of it.
 */
final class Heartbeats {
    static final int MISSED = 3;
    /** From one sign of life, or its absence, to the next question. */
    static final TimeValue PAUSE = TimeValue.timeValueSeconds(2);

    /** Asks a node for a sign of life, and tells whether it came in time. */
    @FunctionalInterface
    interface Wire {
        void ask(DiscoveryNode node, Consumer<Boolean> alive);
    }

    /** A node of which something is wanted. */
    private static final class Watched {
        private final List<Runnable> waiting = new ArrayList<>();
        private int missed;
    }

    private final Wire wire;
    private final NodeLoads.Timer timer;
    /** By id; each has a question under way, or a timer. */
    private final Map<String, Watched> watched = new HashMap<>();

    Heartbeats(Wire wire, NodeLoads.Timer timer) {
        this.wire = wire;
        this.timer = timer;
    }

    /**
     * Watches a node until the result is closed.
     *
     * @param whenSilent run once if the node misses too many signs of life until then
     */
    Releasable watch(DiscoveryNode node, Runnable whenSilent) {
        boolean first;
        synchronized (this) {
            first = !watched.containsKey(node.getId());
            watched.computeIfAbsent(node.getId(), id -> new Watched()).waiting.add(whenSilent);
        }
        if (first) {
            later(node);
        }
        return () -> leave(node, whenSilent);
    }

    private synchronized void leave(DiscoveryNode node, Runnable whenSilent) {
        Watched of = watched.get(node.getId());
        if (of != null) {
            of.waiting.remove(whenSilent);
        }
    }

    private void later(DiscoveryNode node) {
        timer.after(PAUSE, () -> ask(node));
    }

    private void ask(DiscoveryNode node) {
        synchronized (this) {
            Watched of = watched.get(node.getId());
            if (of == null || of.waiting.isEmpty()) {
                watched.remove(node.getId());
                return;
            }
        }
        wire.ask(node, alive -> told(node, alive));
    }

    private void told(DiscoveryNode node, boolean alive) {
        List<Runnable> due = List.of();
        synchronized (this) {
            Watched of = watched.get(node.getId());
            if (of == null) {
                return;
            }
            of.missed = alive ? 0 : of.missed + 1;
            if (of.missed >= MISSED) {
                watched.remove(node.getId());
                due = List.copyOf(of.waiting);
            }
        }
        if (due.isEmpty()) {
            later(node);
        } else {
            due.forEach(Runnable::run);
        }
    }
}
