// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import joptsimple.OptionSet;
import org.opensearch.generate.benchmarks.node.Http;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.benchmarks.serve.Corpus;

/**
 * {@code benchmarks/ingest --url URL --model ID}: documents that a model writes to as they are ingested, first with a call for each,
 * then in one bulk request, and how many times more of them a second that is, appended to the results.
 */
public final class IngestCommand {
    /** The kind of result lines. */
    public static final String KIND = "ingest";

    /** Of the index and of the pipeline. */
    private static final String NAME = "ingest-benchmark";

    private static final Duration LIMIT = Duration.ofHours(2);

    private final Http http;
    private final IngestOptions options;
    private final List<String> passages = Corpus.sample().passages();
    private int written;

    private IngestCommand(Http http, IngestOptions options) {
        this.http = http;
        this.options = options;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            if (!run(System.out, arguments)) {
                System.exit(1);
            }
        } catch (IllegalArgumentException e) {
            System.err.println("ingest: " + e.getMessage());
            System.exit(2);
        }
    }

    /** Returns whether every document is there with what the model wrote. */
    static boolean run(PrintStream out, String... arguments) throws IOException, InterruptedException {
        IngestOptions options = new IngestOptions();
        OptionSet set = options.parse(arguments);
        if (set.has(options.help)) {
            out.println("Usage: benchmarks/ingest --url URL --model ID [options]");
            options.parser().printHelpOn(out);
            return true;
        }
        ObjectNode line = ResultFile.line(KIND, ResultFile.command("benchmarks/ingest", arguments))
                .put("target", "ours")
                .put("scenario", KIND)
                .put("model", options.model())
                .put("max_tokens", options.maxTokens());
        try (Http http = new Http(options.url(), LIMIT)) {
            new IngestCommand(http, options).measure(line);
        }
        for (String way : List.of("alone", "together")) {
            out.println(way + " " + line.path(way));
        }
        out.printf(
                "in one bulk request %.2f times as many a second%n",
                line.path("together_over_alone").asDouble());
        ResultFile file = ResultFile.named(options.results());
        file.append(line);
        out.println("appended to " + file.path());
        int wanted = line.path("documents_wanted").asInt();
        int found = line.path("documents_found").asInt();
        if (found != wanted) {
            out.println("wanted " + wanted + " documents that the model has written to, found " + found);
        }
        return found == wanted;
    }

    private void measure(ObjectNode line) throws IOException, InterruptedException {
        http.ask("DELETE", "/" + NAME, "");
        http.call("PUT", "/" + NAME, "{\"settings\": {\"number_of_replicas\": 0}}");
        http.call("PUT", "/_ingest/pipeline/" + NAME, pipeline().toString());
        http.loadModel(options.model());
        alone(options.warmUp());
        JsonNode alone = line.set("alone", timed(options.alone(), this::alone)).path("alone");
        JsonNode together =
                line.set("together", timed(options.together(), this::together)).path("together");
        String rate = "documents_per_second";
        line.put(
                "together_over_alone",
                rounded(together.path(rate).asDouble() / alone.path(rate).asDouble()));
        http.call("POST", "/" + NAME + "/_refresh", "");
        line.put("documents_wanted", written);
        line.put(
                "documents_found",
                http.get("/" + NAME + "/_count?q=_exists_:summary_hash")
                        .path("count")
                        .asLong());
    }

    private ObjectNode pipeline() {
        ObjectNode pipeline = Json.object();
        pipeline.putArray("processors")
                .addObject()
                .putObject("generate")
                .put("field", "text")
                .put("target_field", "summary")
                .put("prompt", "Summarise number {{number}} in one sentence: {{text}}")
                .put("model", options.model())
                .put("max_tokens", options.maxTokens());
        return pipeline;
    }

    /** Sends so many documents. */
    private interface Way {
        void send(int documents) throws IOException, InterruptedException;
    }

    private ObjectNode timed(int documents, Way way) throws IOException, InterruptedException {
        long prompt = tokens("prompt");
        long generated = tokens("generated");
        long start = System.nanoTime();
        way.send(documents);
        double seconds = (System.nanoTime() - start) / 1e9;
        return Json.object()
                .put("documents", documents)
                .put("elapsed_s", rounded(seconds))
                .put("documents_per_second", rounded(documents / seconds))
                .put("prompt_tokens", tokens("prompt") - prompt)
                .put("new_tokens", tokens("generated") - generated);
    }

    /** Of all nodes, since the model was loaded. */
    private long tokens(String which) throws IOException, InterruptedException {
        long tokens = 0;
        for (JsonNode node : http.get("/_plugins/_generate/stats").path("nodes")) {
            tokens += node.path("models")
                    .path(options.model())
                    .path("tokens")
                    .path(which)
                    .asLong();
        }
        return tokens;
    }

    private void alone(int documents) throws IOException, InterruptedException {
        for (int i = 0; i < documents; i++) {
            int id = written++;
            http.call("PUT", "/" + NAME + "/_doc/" + id + "?pipeline=" + NAME, document(id));
        }
    }

    private void together(int documents) throws IOException, InterruptedException {
        StringBuilder bulk = new StringBuilder();
        for (int i = 0; i < documents; i++) {
            int id = written++;
            bulk.append("{\"index\": {\"_id\": \"").append(id).append("\"}}\n");
            bulk.append(document(id)).append('\n');
        }
        JsonNode reply = http.call("POST", "/" + NAME + "/_bulk?pipeline=" + NAME, bulk.toString());
        if (reply.path("errors").asBoolean()) {
            throw new IOException("documents failed: " + reply);
        }
    }

    /** No two are the same: what was written once is not written again. */
    private String document(int number) {
        String passage = passages.get(number % passages.size());
        int end = passage.indexOf(". ");
        return Json.object()
                .put("number", number)
                .put("text", end < 0 ? passage : passage.substring(0, end + 1))
                .toString();
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
