// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** {@code benchmarks/serve SCENARIO --url URL}: one run of a scenario, told and appended to the results. */
public final class ServeCommand {
    /** The kind of result lines. */
    public static final String KIND = "serve";

    private ServeCommand() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            run(System.out, arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("serve: " + e.getMessage());
            System.exit(2);
        }
    }

    static void run(PrintStream out, String... arguments) throws IOException, InterruptedException {
        ServeOptions options = new ServeOptions();
        OptionSpec<String> url = options.parser()
                .accepts("url", "…/v1/chat/completions, …/v1/completions or …/_generate")
                .withRequiredArg();
        OptionSpec<Void> stream = options.parser().accepts("stream", "ask for a stream, also of _generate");
        OptionSpec<Void> noStream = options.parser().accepts("no-stream", "ask for whole replies");
        OptionSpec<String> name = options.parser()
                .accepts("target", "what to call the server in results")
                .withRequiredArg()
                .defaultsTo("ours");
        OptionSpec<Void> help = options.parser().accepts("help", "this text").forHelp();
        OptionSet set = options.parse(arguments);
        if (set.has(help)) {
            out.println("Usage: benchmarks/serve SCENARIO --url URL [options]");
            options.parser().printHelpOn(out);
            return;
        }
        if (options.words().size() != 1 || !set.has(url)) {
            throw new IllegalArgumentException("wanted one scenario and --url, see --help");
        }
        Optional<Boolean> streaming =
                set.has(stream) ? Optional.of(true) : set.has(noStream) ? Optional.of(false) : Optional.empty();
        try (Serving serving =
                Serving.open(options.words().getFirst(), set.valueOf(url), streaming, options.model(), options)) {
            Optional<Reference> reference = options.reference()
                    .map(file -> Reference.latest(Path.of(file), serving.scenario(), options.round()));
            ObjectNode found = serving.run(options.round());
            ObjectNode line = ResultFile.line(KIND, ResultFile.command("benchmarks/serve", arguments))
                    .put("target", set.valueOf(name));
            line.setAll(found);
            options.pid().ifPresent(pid -> line.put("peak_memory_bytes", ProcessMemory.peakBytes(pid)));
            reference.ifPresent(run -> compare(line, run));
            print(line, out);
            ResultFile file = ResultFile.named(options.results());
            file.append(line);
            out.println("appended to " + file.path());
        }
    }

    private static void compare(ObjectNode line, Reference reference) {
        line.path("loads").properties().forEach(load -> {
            if (load.getValue().has("answers")) {
                ObjectNode summary = (ObjectNode) load.getValue();
                summary.set("reference", reference.compare(load.getKey(), summary));
            }
        });
    }

    /** The numbers of a line, for people. */
    static void print(JsonNode line, PrintStream out) {
        out.printf(
                "%s, %s, %s, round %d%n",
                line.path("scenario").asText(),
                line.path("url").asText(),
                line.path("model").asText(),
                line.path("round").asInt());
        if (line.has("peak_memory_bytes")) {
            out.printf("peak memory %.0f MB%n", line.path("peak_memory_bytes").asLong() / 1e6);
        }
        line.path("loads").properties().forEach(load -> {
            out.println(load.getKey());
            load.getValue().properties().forEach(metric -> {
                if (!metric.getKey().equals("answers")) {
                    out.printf("  %-28s %s%n", metric.getKey(), shown(metric.getValue()));
                }
            });
        });
    }

    private static String shown(JsonNode value) {
        if (value.has("p50")) {
            return String.format(
                    "p50 %s, p95 %s, p99 %s of %d (%s)",
                    value.path("p50").asText(),
                    value.path("p95").asText(),
                    value.path("p99").asText(),
                    value.path("count").asLong(),
                    value.path("source").asText());
        }
        if (value.isObject()) {
            return value.properties().stream()
                    .map(field -> field.getKey() + " " + field.getValue().asText())
                    .collect(Collectors.joining(", "));
        }
        return value.asText();
    }
}
