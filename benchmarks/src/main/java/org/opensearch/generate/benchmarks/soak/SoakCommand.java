// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import joptsimple.OptionSet;
import org.opensearch.generate.benchmarks.node.Http;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** {@code benchmarks/soak --url URL}: minutes of mixed load, looks at the nodes, and a verdict, appended to the results. */
public final class SoakCommand {
    /** The kind of result lines. */
    public static final String KIND = "soak";

    private static final int LOOKS_PER_HEAP = 6;
    private static final long IDLE_SECONDS = 30;
    private static final double MEGABYTE = 1e6;
    private static final double SECONDS_PER_MINUTE = 60;

    private SoakCommand() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            if (!run(System.out, arguments)) {
                System.exit(1);
            }
        } catch (IllegalArgumentException e) {
            System.err.println("soak: " + e.getMessage());
            System.exit(2);
        }
    }

    /** Returns whether all stayed flat and nothing went wrong. */
    static boolean run(PrintStream out, String... arguments) throws IOException, InterruptedException {
        SoakOptions options = new SoakOptions();
        OptionSet set = options.parse(arguments);
        if (set.has(options.help)) {
            out.println("Usage: benchmarks/soak --url URL [options]");
            options.parser().printHelpOn(out);
            return true;
        }
        List<URI> urls = options.urls();
        ObjectNode line = ResultFile.line(KIND, ResultFile.command("benchmarks/soak", arguments))
                .put("target", "ours")
                .put("scenario", KIND)
                .put("minutes", options.minutes())
                .put("warm_up_minutes", options.warmUpMinutes());
        try (Http http = new Http(urls.getFirst())) {
            Scene scene = Scene.set(http, options.model());
            line.put("model", scene.model()).put("streams", scene.streams()).put("enriches", scene.enriches());
            List<NodeWatch> nodes = NodeWatch.all(urls.getFirst());
            List<String> faults = new ArrayList<>();
            try (Traffic traffic = new Traffic(urls, scene, options.perSecond(), options.perConnection())) {
                traffic.start(options.clients());
                watch(out, nodes, traffic, options);
                traffic.stop();
                line.setAll(traffic.toJson());
                if (traffic.errors() > 0) {
                    faults.add(traffic.errors() + " requests went wrong");
                }
                long wanted = traffic.requests().distinctDocuments();
                long found =
                        http.call("POST", "/" + Scene.WRITTEN + "/_refresh", "").isEmpty()
                                ? 0
                                : http.get("/" + Scene.WRITTEN + "/_count")
                                        .path("count")
                                        .asLong();
                line.put("documents_wanted", wanted).put("documents_found", found);
                if (found != wanted) {
                    faults.add("wanted " + wanted + " documents, found " + found);
                }
            }
            ObjectNode told = line.putObject("nodes");
            for (NodeWatch node : nodes) {
                Verdict verdict = new Verdict(
                        node,
                        options.warmUpMinutes() * SECONDS_PER_MINUTE,
                        options.boundMegabytes() * MEGABYTE,
                        idle(node));
                told.set(node.name(), verdict.toJson());
                faults.addAll(verdict.faults());
            }
            faults.forEach(line.putArray("faults")::add);
            line.put("verdict", faults.isEmpty() ? "flat" : "not flat");
        }
        print(out, line);
        ResultFile file = ResultFile.named(options.results());
        file.append(line);
        out.println("appended to " + file.path());
        return line.path("faults").isEmpty();
    }

    private static void watch(PrintStream out, List<NodeWatch> nodes, Traffic traffic, SoakOptions options)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        double end = options.minutes() * SECONDS_PER_MINUTE;
        double warm = options.warmUpMinutes() * SECONDS_PER_MINUTE;
        for (int look = 1; ; look++) {
            LockSupport.parkNanos(begin + TimeUnit.SECONDS.toNanos(options.everySeconds()) * look - System.nanoTime());
            double seconds = (System.nanoTime() - begin) / 1e9;
            boolean last = seconds >= end;
            for (NodeWatch node : nodes) {
                boolean heap = last || look % LOOKS_PER_HEAP == 0;
                node.look(seconds, heap, heap && seconds >= warm);
                if (heap) {
                    out.printf(
                            "%5.0f s %s: %d requests, %d wrong, %s%n",
                            seconds,
                            node.name(),
                            traffic.ended(),
                            traffic.errors(),
                            node.samples().getLast().values());
                }
            }
            if (last) {
                return;
            }
        }
    }

    /** The node's statistics as soon as nothing of the load is left, or after a while. */
    private static Map<String, Long> idle(NodeWatch node) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(IDLE_SECONDS);
        while (true) {
            Map<String, Long> values = node.statistics();
            if (System.nanoTime() > deadline
                    || Verdict.LEFT.stream().allMatch(name -> values.getOrDefault(name, 0L) == 0)) {
                return values;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    private static void print(PrintStream out, JsonNode line) {
        line.path("nodes").properties().forEach(node -> {
            out.println(node.getKey());
            node.getValue()
                    .path("trends")
                    .properties()
                    .forEach(trend -> out.printf("  %-20s %s%n", trend.getKey(), trend.getValue()));
            out.printf("  %-20s %s%n", "left", node.getValue().path("left"));
            out.printf("  %-20s %s%n", "classes grown", node.getValue().path("classes_grown_bytes"));
        });
        line.path("faults").forEach(fault -> out.println(fault.asText()));
        out.println(line.path("verdict").asText());
    }
}
