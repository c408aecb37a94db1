// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** The numbers of several result lines, by name: the names of nested fields joined by dots. */
final class Numbers {
    private final Map<String, List<Double>> values = new LinkedHashMap<>();

    /** Takes all numbers of a line from its fields {@code loads}, {@code numbers} and {@code peak_memory_bytes}. */
    void add(JsonNode line) {
        add("", line.path("loads"));
        add("", line.path("numbers"));
        add("peak_memory_bytes", line.path("peak_memory_bytes"));
    }

    private void add(String name, JsonNode node) {
        if (node.isNumber()) {
            values.computeIfAbsent(name, key -> new ArrayList<>()).add(node.asDouble());
        } else if (node.isObject()) {
            node.properties()
                    .forEach(field ->
                            add(name.isEmpty() ? field.getKey() : name + "." + field.getKey(), field.getValue()));
        }
    }

    Collection<String> names() {
        return values.keySet();
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The middle value, of an even number the mean of the two in the middle. Throws if the name has none. */
    double median(String name) {
        List<Double> found = values.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no number is called " + name);
        }
        return new Median()
                .evaluate(found.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
