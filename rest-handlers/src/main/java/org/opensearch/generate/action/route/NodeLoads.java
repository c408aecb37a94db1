// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;

/**
 * How this node believes that the nodes of the cluster stand with their models.
 *
 * <h2>Idea</h2>
 * Nodes are asked when somebody wants to know, at most once a second, all at once. What a node said is corrected by the answers that
 * this node has asked of it since and by those that have come back, so that a burst of requests spreads although nobody was asked
 * between them. What is up to {@value #STALE_SECONDS} seconds old is used while newer news come; for what is older somebody waits,
 * but never longer than {@link #LONGEST_WAIT}.
 *
 * <h2>Threads</h2>
 * Any; state is under this object's lock, callbacks run outside of it.
 */
final class NodeLoads {
    /** Asks a node; fails after a time. */
    @FunctionalInterface
    interface Wire {
        void ask(DiscoveryNode node, ActionListener<NodeLoad> listener);
    }

    /** Runs something later. */
    @FunctionalInterface
    interface Timer {
        void after(TimeValue delay, Runnable what);
    }

    static final TimeValue LONGEST_WAIT = TimeValue.timeValueMillis(250);
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int STALE_SECONDS = 5;
    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(STALE_SECONDS);

    /** What is known of a node. */
    private static final class Known {
        private @Nullable NodeLoad load;
        /** By model: tasks that this node has sent there and that are not back, when it was asked and now. */
        private Map<String, Integer> before = Map.of();

        private final Map<String, Integer> now = new HashMap<>();

        private @Nullable NodeLoad corrected() {
            NodeLoad told = load;
            if (told == null) {
                return null;
            }
            Map<String, ModelLoad> models = new HashMap<>();
            told.models().forEach((id, model) -> {
                int since = now.getOrDefault(id, 0) - before.getOrDefault(id, 0);
                models.put(id, new ModelLoad(model.state(), Math.max(0, model.requests() + since)));
            });
            return new NodeLoad(models);
        }
    }

    private final Supplier<List<DiscoveryNode>> cluster;
    private final Wire wire;
    private final Timer timer;
    private final LongSupplier nanoTime;
    private final Map<String, Known> known = new HashMap<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean asking;
    private int unanswered;
    /** When the round began of which the news are. */
    private long newsNanos;

    private long roundNanos;
    private boolean everAsked;

    /**
     * @param cluster its present nodes
     * @param nanoTime {@link System#nanoTime}
     */
    NodeLoads(Supplier<List<DiscoveryNode>> cluster, Wire wire, Timer timer, LongSupplier nanoTime) {
        this.cluster = cluster;
        this.wire = wire;
        this.timer = timer;
        this.nanoTime = nanoTime;
    }

    /** Tells how the nodes stand that have said so; at once if the news are new enough. */
    void current(Consumer<Map<DiscoveryNode, NodeLoad>> then) {
        boolean wait;
        boolean ask;
        synchronized (this) {
            long age = nanoTime.getAsLong() - newsNanos;
            ask = !everAsked || age > FRESH_NANOS;
            wait = !everAsked || age > STALE_NANOS;
        }
        if (!ask) {
            then.accept(snapshot());
        } else if (wait) {
            renewed(then);
        } else {
            round(null);
            then.accept(snapshot());
        }
    }

    /** The same after asking the nodes, if they answer in time. */
    void renewed(Consumer<Map<DiscoveryNode, NodeLoad>> then) {
        renewed(LONGEST_WAIT, then);
    }

    /** The same after asking the nodes, which get time to answer. */
    void renewed(TimeValue longest, Consumer<Map<DiscoveryNode, NodeLoad>> then) {
        Runnable once = new Runnable() {
            @Override
            public void run() {
                synchronized (NodeLoads.this) {
                    if (!waiting.remove(this)) {
                        return;
                    }
                }
                then.accept(snapshot());
            }
        };
        round(once);
        timer.after(longest, once);
    }

    /** So many tasks go to a node. */
    synchronized void sent(DiscoveryNode node, String model, int tasks) {
        known.computeIfAbsent(node.getId(), id -> new Known()).now.merge(model, tasks, Integer::sum);
    }

    /** They are back. */
    synchronized void back(DiscoveryNode node, String model, int tasks) {
        known.computeIfAbsent(node.getId(), id -> new Known()).now.merge(model, -tasks, Integer::sum);
    }

    /** A node is not what it said: it is not asked for answers until it says anew. */
    synchronized void distrust(DiscoveryNode node) {
        Known of = known.get(node.getId());
        if (of != null) {
            of.load = null;
        }
    }

    private synchronized Map<DiscoveryNode, NodeLoad> snapshot() {
        Map<DiscoveryNode, NodeLoad> loads = new HashMap<>();
        for (DiscoveryNode node : cluster.get()) {
            Known of = known.get(node.getId());
            NodeLoad load = of == null ? null : of.corrected();
            if (load != null) {
                loads.put(node, load);
            }
        }
        return loads;
    }

    /** Asks all nodes, unless that is being done; runs {@code once} afterwards. */
    private void round(@Nullable Runnable once) {
        List<DiscoveryNode> nodes = cluster.get();
        synchronized (this) {
            if (once != null) {
                waiting.add(once);
            }
            if (asking) {
                return;
            }
            asking = true;
            roundNanos = nanoTime.getAsLong();
            unanswered = nodes.size();
            known.keySet().retainAll(nodes.stream().map(DiscoveryNode::getId).toList());
        }
        for (DiscoveryNode node : nodes) {
            Map<String, Integer> before;
            synchronized (this) {
                before = Map.copyOf(known.computeIfAbsent(node.getId(), id -> new Known()).now);
            }
            wire.ask(node, ActionListener.wrap(load -> told(node, load, before), e -> told(node, null, before)));
        }
    }

    private void told(DiscoveryNode node, @Nullable NodeLoad load, Map<String, Integer> before) {
        List<Runnable> due;
        synchronized (this) {
            Known of = known.get(node.getId());
            if (of != null) {
                of.load = load;
                of.before = before;
            }
            if (--unanswered > 0) {
                return;
            }
            asking = false;
            everAsked = true;
            newsNanos = roundNanos;
            due = List.copyOf(waiting);
        }
        due.forEach(Runnable::run);
    }
}
