// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Several nodes of one installation that form a cluster over the loopback interface, each in a process of its own. */
final class Cluster implements AutoCloseable {
    /** Time in which nodes find each other, and notice that one is gone. */
    static final Duration FORM_LIMIT = Duration.ofMinutes(2);

    private static final String HEAP = "512m";

    private final List<Node> nodes;

    private Cluster(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** Installs nodes {@code n0}, {@code n1}, … with the zip and other plugins; starts nothing, so that models can be put there. */
    static Cluster install(int count, String... others) throws IOException {
        Node first = Node.install(others);
        first.heap(HEAP);
        List<Node> nodes = new ArrayList<>(List.of(first));
        for (int i = 1; i < count; i++) {
            nodes.add(first.sibling(name(i)));
        }
        return new Cluster(List.copyOf(nodes));
    }

    /** Starts all nodes with these settings, and waits until they have found each other. */
    void start(Map<String, String> settings) throws IOException {
        List<String> names = new ArrayList<>();
        List<String> ports = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            names.add(name(i));
            ports.add(Integer.toString(Node.freePort()));
        }
        List<CompletableFuture<Void>> starts = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            Map<String, String> all = new LinkedHashMap<>(settings);
            all.put("node.name", names.get(i));
            all.put("transport.port", ports.get(i));
            all.put(
                    "discovery.seed_hosts",
                    String.join(
                            ",", ports.stream().map(port -> "127.0.0.1:" + port).toList()));
            all.put("cluster.initial_cluster_manager_nodes", String.join(",", names));
            Node node = nodes.get(i);
            starts.add(CompletableFuture.runAsync(() -> start(node, all), task -> new Thread(task).start()));
        }
        starts.forEach(CompletableFuture::join);
        awaitAll();
    }

    private static void start(Node node, Map<String, String> settings) {
        try {
            node.start(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until every node sees all others. */
    void awaitAll() {
        for (Node node : nodes) {
            awaitNodes(node, nodes.size());
        }
    }

    /** Waits until a node sees so many, itself among them. */
    static void awaitNodes(Node node, int count) {
        Node.await(count + " nodes in the cluster", FORM_LIMIT, () -> {
            Reply health = node.get("/_cluster/health");
            return health.status() == 200 && health.at("/number_of_nodes").asInt() == count;
        });
    }

    /** A node, counted from 0. */
    Node node(int number) {
        return nodes.get(number);
    }

    /** The name of a node. */
    static String name(int number) {
        return "n" + number;
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }
}
