// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.generate.benchmarks.results.Json;

/**
 * Whether a node stayed as it was. Each bounded value may grow by so much an hour, by its slope after the warm-up at 95 %
 * confidence; nothing may be left when the load is over.
 */
final class Verdict {
    /** What must be 0 when the load is over. */
    static final List<String> LEFT = List.of(NodeWatch.PAGES_USED, NodeWatch.OPEN_CONTEXTS, NodeWatch.TASKS, "running");

    private static final int CLASSES = 8;
    private static final double FEW = 20;
    private final List<String> faults = new ArrayList<>();
    private final ObjectNode json = Json.object();

    /**
     * @param warmUpSeconds samples before do not count
     * @param boundBytes bytes that memory may grow by in an hour
     * @param after the node's statistics when the load was over
     */
    Verdict(NodeWatch node, double warmUpSeconds, double boundBytes, Map<String, Long> after) {
        Map<String, Double> bounds = new LinkedHashMap<>();
        bounds.put(NodeWatch.ANONYMOUS, boundBytes);
        bounds.put(NodeWatch.LIVE_HEAP, boundBytes);
        bounds.put(NodeWatch.NATIVE, 1.0);
        bounds.put(NodeWatch.BREAKER, 1.0);
        bounds.put(NodeWatch.THREADS, FEW);
        bounds.put(NodeWatch.FILES, FEW * 2);
        List<Sample> counted = node.samples().stream()
                .filter(sample -> sample.seconds() >= warmUpSeconds)
                .toList();
        ObjectNode trends = json.putObject("trends");
        TreeMap<String, Boolean> names = new TreeMap<>();
        counted.forEach(sample -> sample.values().keySet().forEach(name -> names.put(name, true)));
        for (String name : names.keySet()) {
            Trend trend = Trend.of(name, counted);
            ObjectNode told = trend.toJson();
            Double bound = bounds.get(name);
            if (bound != null) {
                told.put("bound_per_hour", Math.round(bound));
                if (trend.atMostPerHour() > bound) {
                    faults.add(String.format(
                            "%s: %s may grow by %.0f an hour, bound %.0f",
                            node.name(), name, trend.atMostPerHour(), bound));
                }
            }
            trends.set(name, told);
        }
        left(node, after);
        grown(node);
    }

    private void left(NodeWatch node, Map<String, Long> after) {
        ObjectNode left = json.putObject("left");
        for (String name : LEFT) {
            long value = after.getOrDefault(name, 0L);
            left.put(name, value);
            if (value != 0) {
                faults.add(node.name() + ": " + value + " " + name + " left when the load was over");
            }
        }
    }

    /** The classes whose live objects grew most. */
    private void grown(NodeWatch node) {
        ObjectNode grown = json.putObject("classes_grown_bytes");
        Map<String, Long> first = node.firstClasses();
        Map<String, Long> growth = new LinkedHashMap<>();
        node.lastClasses().forEach((name, bytes) -> growth.put(name, bytes - first.getOrDefault(name, 0L)));
        growth.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(CLASSES)
                .filter(entry -> entry.getValue() > 0)
                .forEach(entry -> grown.put(entry.getKey(), entry.getValue()));
    }

    /** What is wrong; empty if the node stayed as it was. */
    List<String> faults() {
        return faults;
    }

    ObjectNode toJson() {
        return json;
    }
}
