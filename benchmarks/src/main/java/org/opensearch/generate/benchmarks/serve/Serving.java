// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.serve.Scenario.Kind;
import org.opensearch.generate.benchmarks.serve.Scenario.Load;
import org.opensearch.generate.benchmarks.serve.Scenario.Phase;

/** A scenario and the server it is run against, as often as wanted. */
public final class Serving implements AutoCloseable {
    private static final int ROUNDS_PER_SEED = 1000;
    private final Scenario scenario;
    private final Client client;
    private final Corpus corpus = Corpus.sample();
    private final boolean reload;
    private Optional<TokensPerWord> tokens;

    private Serving(Scenario scenario, Target target, Optional<TokensPerWord> tokens, boolean reload) {
        this.scenario = scenario;
        this.client = new Client(target);
        this.tokens = tokens;
        this.reload = reload && target.api() == Api.GENERATE;
    }

    /**
     * Reads a scenario; asks the server nothing yet.
     *
     * @param scenario its name, or a path that ends in {@code .json}
     * @param stream whether to ask for a stream; empty: as is the custom of the URL's kind
     * @param model the name to put into requests
     */
    public static Serving open(
            String scenario, String url, Optional<Boolean> stream, Optional<String> model, ServeOptions options) {
        Scenario read = sized(ScenarioReader.open(scenario), options.requests());
        return new Serving(read, options.target(url, stream, model), options.tokensPerWord(), options.reload());
    }

    private static Scenario sized(Scenario scenario, Optional<Integer> requests) {
        if (requests.isEmpty()) {
            return scenario;
        }
        List<Phase> phases = scenario.phases().stream()
                .map(phase -> new Phase(
                        phase.name(),
                        phase.loads().stream()
                                .map(load -> sized(load, requests.get()))
                                .toList()))
                .toList();
        return new Scenario(scenario.name(), scenario.about(), scenario.seed(), phases);
    }

    private static Load sized(Load load, int requests) {
        return new Load(
                load.name(),
                load.kind(),
                load.arrivals(),
                load.requests().isEmpty() ? load.requests() : OptionalInt.of(requests),
                load.warmUp(),
                load.promptTokens(),
                load.sharedPrefixTokens(),
                load.questionsPerContext(),
                load.newTokens());
    }

    public String scenario() {
        return scenario.name();
    }

    /** Learns the tokenizer's tokens a word, unless they are known, and gives other servings of the same model the same. */
    public void learnTokens(Serving... others) {
        boolean answers = scenario.phases().stream()
                .flatMap(phase -> phase.loads().stream())
                .anyMatch(load -> load.kind() == Kind.ANSWERS);
        if (tokens.isEmpty()) {
            tokens = Optional.of(answers ? TokensPerWord.measure(corpus, this::promptTokens) : new TokensPerWord(0, 1));
        }
        for (Serving other : others) {
            other.tokens = tokens;
        }
    }

    private int promptTokens(Prompt prompt) {
        Exchange exchange = client.answer(0, prompt, 1);
        if (exchange.error().isPresent()) {
            throw new IllegalArgumentException(
                    client.target().url() + ": " + exchange.error().get());
        }
        return exchange.reply().promptTokens();
    }

    /**
     * Runs all phases. Returns the fields of a result line: scenario, URL, model, and the numbers of each load, called {@code
     * LOAD} or, of several phases, {@code PHASE/LOAD}.
     *
     * @param round another one, other prompts; the same round of another server has the same
     */
    public ObjectNode run(int round) throws InterruptedException {
        learnTokens();
        long seed = scenario.seed() * ROUNDS_PER_SEED + round;
        ScenarioRun run = new ScenarioRun(client, corpus, tokens.orElseThrow(), seed);
        ObjectNode line = Json.object()
                .put("scenario", scenario.name())
                .put("round", round)
                .put("url", client.target().url().toString())
                .put("stream", client.target().stream())
                .put("tokens_per_word", tokens.orElseThrow().toString());
        ObjectNode loads = Json.object();
        for (Phase phase : scenario.phases()) {
            String model = modelName(line);
            run(run, phase, model, loads);
            line.put("model", model);
        }
        compareLatencies(loads);
        line.set("loads", loads);
        return line;
    }

    private void run(ScenarioRun run, Phase phase, String model, ObjectNode loads) throws InterruptedException {
        Optional<Node> node = client.target().api() == Api.GENERATE && !client.target().stream()
                ? Optional.of(new Node(client, model))
                : Optional.empty();
        if (reload) {
            new Node(client, model).reload();
        }
        List<String> errors = run.warmUp(phase);
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(client.target().url() + ": " + errors.getFirst());
        }
        Map<String, ScenarioRun.Measured> measured = run.run(phase);
        Optional<Spread> interToken = reload ? node.flatMap(Node::interToken) : Optional.empty();
        measured.forEach((name, load) -> {
            String key = scenario.phases().size() == 1 ? name : phase.name() + "/" + name;
            loads.set(key, new Summary(load).toJson(interToken));
        });
    }

    private String modelName(ObjectNode line) {
        if (line.has("model")) {
            return line.path("model").asText();
        }
        Exchange exchange = client.answer(0, new Prompt("", "Hello."), 1);
        if (exchange.error().isPresent()) {
            throw new IllegalArgumentException(
                    client.target().url() + ": " + exchange.error().get());
        }
        return exchange.reply().model();
    }

    /** Searches of a later phase beside those of the first: how much longer the 99th percentile is. */
    private void compareLatencies(ObjectNode loads) {
        Phase first = scenario.phases().getFirst();
        for (Load load : first.loads()) {
            double alone = p99(loads, first.name() + "/" + load.name());
            for (Phase phase : scenario.phases().subList(1, scenario.phases().size())) {
                String key = phase.name() + "/" + load.name();
                if (alone > 0 && p99(loads, key) > 0) {
                    loads.withObjectProperty(key)
                            .put("latency_p99_over_first_phase", Spread.rounded(p99(loads, key) / alone));
                }
            }
        }
    }

    private static double p99(ObjectNode loads, String key) {
        return loads.path(key).path("latency_ms").path("p99").asDouble();
    }

    @Override
    public void close() {
        client.close();
    }
}
