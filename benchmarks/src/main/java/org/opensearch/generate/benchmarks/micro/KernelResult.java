// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.opensearch.generate.benchmarks.results.Json;

/**
 * What a benchmark reached, all per second, and what the machine could do at most.
 *
 * @param error half of the 99.9 % interval of {@code calls}; 0 is told if there were too few iterations to say
 * @param one limits of one thread
 * @param all limits of the benchmark's threads
 */
record KernelResult(
        String benchmark,
        Map<String, String> parameters,
        String level,
        double calls,
        double error,
        double gigabytes,
        double int8TeraOperations,
        double f32TeraOperations,
        Limits one,
        Limits all) {

    static final String HEAD = String.format(
            "%-64s %12s %9s %6s %10s %6s %10s %6s",
            "benchmark", "calls/s", "GB/s", "%", "int8 TOPS", "%", "f32 TFLOPS", "%");

    /** Class and method without the package. */
    static String name(BenchmarkParams params) {
        String name = params.getBenchmark();
        return name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    }

    static Map<String, String> parameters(BenchmarkParams params) {
        Map<String, String> found = new TreeMap<>();
        params.getParamsKeys().forEach(key -> found.put(key, params.getParam(key)));
        return found;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "%-64s %12.1f %9.2f %6.1f %10.4f %6.1f %10.4f %6.1f",
                benchmark + " " + parameters,
                calls,
                gigabytes,
                percent(gigabytes, all.gigabytes()),
                int8TeraOperations,
                percent(int8TeraOperations, all.int8TeraOperations()),
                f32TeraOperations,
                percent(f32TeraOperations, all.f32TeraOperations()));
    }

    ObjectNode toJson() {
        ObjectNode json = Json.object().put("benchmark", benchmark).put("level", level);
        ObjectNode named = json.putObject("parameters");
        parameters.forEach(named::put);
        json.put("calls_per_second", calls)
                .put("calls_per_second_error", Double.isNaN(error) ? 0 : error)
                .put("gigabytes_per_second", gigabytes)
                .put("int8_tera_operations_per_second", int8TeraOperations)
                .put("f32_tera_operations_per_second", f32TeraOperations);
        json.putObject("percent_of_limit")
                .put("gigabytes", percent(gigabytes, all.gigabytes()))
                .put("int8", percent(int8TeraOperations, all.int8TeraOperations()))
                .put("f32", percent(f32TeraOperations, all.f32TeraOperations()));
        json.set("limits_one_thread", one.toJson());
        json.set("limits", all.toJson());
        return json;
    }

    /** With one digit after the point; more than 100 where data stay in caches. */
    static double percent(double reached, double limit) {
        return limit == 0 ? 0 : Math.rint(1000 * reached / limit) / 10;
    }
}
