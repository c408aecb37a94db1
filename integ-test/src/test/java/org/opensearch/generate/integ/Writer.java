// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client that writes documents all the time, a few a refresh, through a pipeline in which a model adds a field to each. What is not
 * acknowledged it sends again through another node, under the same ids.
 */
final class Writer implements AutoCloseable {
    /** An index with a copy of each shard on another node. */
    static final String INDEX = "written";

    private static final int BATCH = 5;
    private static final String SAID = NodeExtension.SCRIPT.substring(0, 4);
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final Cluster cluster;
    private final List<Integer> through;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Thread thread;
    private volatile boolean stopped;

    /** Makes index and pipeline, and begins. */
    Writer(Cluster cluster, List<Integer> through) {
        this.cluster = cluster;
        this.through = through;
        Node node = cluster.node(through.getFirst());
        node.put("/" + INDEX, "{\"settings\": {\"number_of_shards\": 3, \"number_of_replicas\": 1}}")
                .expect(200);
        node.put("/_ingest/pipeline/" + INDEX, """
                {"processors": [{"generate": {"field": "number", "target_field": "said", "model": "scripted",
                  "prompt": "What is {{number}}?", "max_tokens": 4}}]}""").expect(200);
        thread = Thread.ofVirtual().start(this::write);
    }

    private void write() {
        for (int turn = 0; !stopped; turn++) {
            int first = acknowledged.get();
            StringBuilder lines = new StringBuilder();
            for (int id = first; id < first + BATCH; id++) {
                lines.append("{\"index\": {\"_id\": \"%d\"}}\n{\"number\": %d}\n".formatted(id, id));
            }
            if (written(cluster.node(through.get(turn % through.size())), lines.toString())) {
                acknowledged.addAndGet(BATCH);
            }
        }
    }

    private static boolean written(Node node, String lines) {
        try {
            Reply reply = node.post("/" + INDEX + "/_bulk?pipeline=" + INDEX + "&refresh=wait_for&timeout=10s", lines);
            return reply.status() == 200 && !reply.at("/errors").asBoolean(true);
        } catch (RuntimeException e) {
            return false; // the node went away
        }
    }

    /** Waits until so many more documents are acknowledged, unless it has ended. */
    void awaitDocuments(int count) {
        int before = acknowledged.get();
        Node.await(count + " more documents", LIMIT, () -> stopped || acknowledged.get() >= before + count);
    }

    /** Fails unless every acknowledged document is there, whole. */
    void check(Node node) {
        int count = acknowledged.get();
        node.post("/" + INDEX + "/_refresh", "").expect(200);
        assertEquals(
                count,
                count(node, "{\"query\": {\"range\": {\"number\": {\"lt\": " + count + "}}}}"),
                "documents that were acknowledged");
        assertEquals(
                0,
                count(
                        node,
                        "{\"query\": {\"bool\": {\"must_not\": {\"term\": {\"said.keyword\": \"" + SAID + "\"}}}}}"),
                "documents that lack what the model adds");
    }

    private static int count(Node node, String body) {
        JsonNode reply = node.post("/" + INDEX + "/_count", body).expect(200).body();
        assertEquals(0, reply.at("/_shards/failed").asInt(), reply::toPrettyString);
        return reply.path("count").asInt();
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
