// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.generate.benchmarks.node.Http;

/** Looks at one node again and again: its statistics, its process, its heap. One thread's. */
final class NodeWatch {
    /** Resident memory that is no file's, in bytes. */
    static final String ANONYMOUS = "anonymous_bytes";
    /** The heap's live objects after a collection, in bytes. */
    static final String LIVE_HEAP = "live_heap_bytes";
    /** Memory outside the heap that the plugin says its models take, in bytes. */
    static final String NATIVE = "native_bytes";

    static final String BREAKER = "breaker_bytes";
    static final String PAGES_USED = "pages_used";
    static final String OPEN_CONTEXTS = "open_contexts";
    static final String TASKS = "tasks";
    static final String THREADS = "threads";
    static final String FILES = "file_descriptors";

    private final URI url;
    private final String id;
    private final String name;
    private final JavaProcess process;
    private final List<Sample> samples = new ArrayList<>();
    private Map<String, Long> firstClasses = Map.of();
    private Map<String, Long> lastClasses = Map.of();

    private NodeWatch(URI url, String id, String name, JavaProcess process) {
        this.url = url;
        this.id = id;
        this.name = name;
        this.process = process;
    }

    /** All nodes of the cluster that a node is part of. Throws {@link IllegalArgumentException} if one is not on this machine. */
    static List<NodeWatch> all(URI url) throws IOException, InterruptedException {
        List<NodeWatch> all = new ArrayList<>();
        try (Http http = new Http(url)) {
            for (Map.Entry<String, JsonNode> node :
                    http.get("/_nodes/process").path("nodes").properties()) {
                JavaProcess process =
                        new JavaProcess(node.getValue().at("/process/id").asLong());
                all.add(new NodeWatch(
                        url, node.getKey(), node.getValue().path("name").asText(), process));
            }
        }
        return all;
    }

    String name() {
        return name;
    }

    List<Sample> samples() {
        return samples;
    }

    /** Live bytes by class when the heap was looked at first. */
    Map<String, Long> firstClasses() {
        return firstClasses;
    }

    /** Live bytes by class when the heap was looked at last. */
    Map<String, Long> lastClasses() {
        return lastClasses;
    }

    /**
     * Takes a sample.
     *
     * @param seconds since the load began
     * @param heap whether to collect garbage and count what is left
     * @param classes whether to keep the counts by class
     */
    void look(double seconds, boolean heap, boolean classes) throws IOException, InterruptedException {
        Map<String, Long> values = new LinkedHashMap<>(statistics());
        if (heap) {
            Map<String, Long> live = process.liveBytes();
            values.put(
                    LIVE_HEAP, live.values().stream().mapToLong(Long::longValue).sum());
            if (classes) {
                firstClasses = firstClasses.isEmpty() ? live : firstClasses;
                lastClasses = live;
            }
        }
        values.put("resident_bytes", process.bytes("VmRSS"));
        values.put(ANONYMOUS, process.bytes("RssAnon"));
        samples.add(new Sample(seconds, values));
    }

    /** What the node itself tells, by a connection that is closed again: a kept one may make it keep something for each request. */
    Map<String, Long> statistics() throws IOException, InterruptedException {
        try (Http http = new Http(url)) {
            return statistics(http);
        }
    }

    private Map<String, Long> statistics(Http http) throws IOException, InterruptedException {
        JsonNode node = http.get("/_nodes/" + id + "/stats/jvm,process,breaker,http,indices/search")
                .path("nodes")
                .path(id);
        JsonNode models = http.get("/_plugins/_generate/stats/" + id)
                .path("nodes")
                .path(id)
                .path("models");
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("heap_used_bytes", node.at("/jvm/mem/heap_used_in_bytes").asLong());
        values.put(NATIVE, sum(models, "/memory/total_bytes"));
        values.put(
                BREAKER, node.at("/breakers/generate/estimated_size_in_bytes").asLong());
        values.put(PAGES_USED, sum(models, "/pages/used"));
        values.put("pages_cached", sum(models, "/pages/cached"));
        values.put("running", sum(models, "/requests/running") + sum(models, "/requests/queued"));
        values.put(OPEN_CONTEXTS, node.at("/indices/search/open_contexts").asLong());
        values.put(TASKS, (long) http.get("/_tasks?actions=*generate*,*search*,*bulk*&nodes=" + id)
                .path("nodes")
                .path(id)
                .path("tasks")
                .size());
        values.put(THREADS, node.at("/jvm/threads/count").asLong());
        values.put(FILES, node.at("/process/open_file_descriptors").asLong());
        values.put("connections", node.at("/http/current_open").asLong());
        return values;
    }

    private static long sum(JsonNode models, String pointer) {
        long sum = 0;
        for (JsonNode model : models) {
            sum += model.at(pointer).asLong();
        }
        return sum;
    }
}
