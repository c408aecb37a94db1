// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import joptsimple.OptionSet;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.benchmarks.serve.Corpus;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationListener;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;

/**
 * {@code benchmarks/extract --model PATH}: what a model extracts from passages as JSON of a schema, with tokens that leave no choice
 * computed together with the next one, and with a step for each token, in turns. The prompts are in the prefix cache, so the time is
 * that of the answers.
 */
public final class ExtractCommand {
    /** The kind of result lines. */
    public static final String KIND = "extract";

    private static final int MOST_TOKENS = 200;
    private static final String SCHEMA = """
            {"type": "object", "required": ["subject", "category", "year_of_foundation", "is_inhabited"],
             "additionalProperties": false, "properties": {
              "subject": {"type": "string", "minLength": 1, "maxLength": 32},
              "category": {"enum": ["person", "place", "event", "organization", "science", "other"]},
              "year_of_foundation": {"type": ["integer", "null"], "minimum": 1, "maximum": 2030},
              "is_inhabited": {"type": "boolean"}}}""";

    private final LanguageModel model;
    private final Guide guide;

    private ExtractCommand(LanguageModel model) throws IOException {
        this.model = model;
        this.guide = Guide.jsonSchema(new ObjectMapper().readValue(SCHEMA, Map.class));
    }

    public static void main(String[] arguments) throws IOException {
        try {
            run(System.out, arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("extract: " + e.getMessage());
            System.exit(2);
        }
    }

    private static void run(PrintStream out, String... arguments) throws IOException {
        ExtractOptions options = new ExtractOptions();
        OptionSet set = options.parse(arguments);
        if (set.has(options.help)) {
            out.println("Usage: benchmarks/extract --model PATH [options]");
            options.parser().printHelpOn(out);
            return;
        }
        ObjectNode line = ResultFile.line(KIND, ResultFile.command("benchmarks/extract", arguments));
        try (LanguageModel model = LanguageModel.load(options.model(), loading(options), LoadProgress.NONE)) {
            new ExtractCommand(model).measure(options, line);
        }
        for (String way : List.of("skipped", "computed")) {
            out.println(way + " " + line.path(way));
        }
        out.printf(
                "without steps for tokens that leave no choice %.2f times as many tokens a second%n",
                line.path("skipped_over_computed").asDouble());
        ResultFile file = ResultFile.named(options.results());
        file.append(line);
        out.println("appended to " + file.path());
    }

    private static LoadOptions loading(ExtractOptions options) {
        LoadOptions usual = LoadOptions.defaults();
        return new LoadOptions(
                ThreadOptions.of(options.threads()),
                usual.kvBytes(),
                usual.kvType(),
                usual.maxContext(),
                usual.maxStepTokens(),
                options.together(),
                usual.maxQueue(),
                usual.device(),
                usual.kernelLevel(),
                Path.of(System.getProperty("generate.native.dir")),
                null,
                usual.budget());
    }

    private void measure(ExtractOptions options, ObjectNode line) {
        List<int[]> prompts = prompts(options.extractions());
        Way skipped = new Way(-1);
        Way computed = new Way(0);
        for (int from = 0; from < prompts.size(); from += options.together()) {
            List<int[]> batch = prompts.subList(from, Math.min(prompts.size(), from + options.together()));
            new Way(-1).run(batch); // brings the prompts into the cache
            List<Generation> some = skipped.run(batch);
            List<Generation> others = computed.run(batch);
            for (int i = 0; i < batch.size(); i++) {
                if (!ids(some.get(i)).equals(ids(others.get(i)))) {
                    throw new IllegalStateException("two answers: "
                            + some.get(i).text() + " and " + others.get(i).text());
                }
            }
        }
        line.put("model", model.name())
                .put("kernels", model.kernels())
                .put("threads", options.threads())
                .put("extractions", prompts.size())
                .put("together", options.together());
        line.set("skipped", skipped.toJson());
        line.set("computed", computed.toJson());
        line.put("skipped_over_computed", skipped.tokensPerSecond() / computed.tokensPerSecond());
    }

    private List<int[]> prompts(int count) {
        List<String> passages = Corpus.sample().passages();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = "Passage " + (i + 1) + ": " + passages.get(i % passages.size());
            List<ChatMessage> messages = List.of(new ChatMessage("user", "Say as JSON what this is about:\n" + text));
            prompts.add(model.tokenizer()
                    .encode(
                            model.chatTemplate().render(messages),
                            model.config().addBos()));
        }
        return prompts;
    }

    private static List<Integer> ids(Generation generation) {
        return generation.tokens().stream().map(GeneratedToken::id).toList();
    }

    /** One of the two ways, and what it has taken. Where log-probabilities are asked for, each token has a step of its own. */
    private final class Way {
        private final int logprobs;
        private long tokens;
        private long steps;
        private long nanos;

        Way(int logprobs) {
            this.logprobs = logprobs;
        }

        List<Generation> run(List<int[]> prompts) {
            long stepsBefore = model.engine().stats().steps();
            long start = System.nanoTime();
            List<Waiting> answers = new ArrayList<>();
            for (int[] prompt : prompts) {
                Waiting answer = new Waiting();
                model.engine()
                        .submit(
                                new GenerationRequest(
                                                prompt,
                                                MOST_TOKENS,
                                                SamplingOptions.GREEDY,
                                                List.of(),
                                                logprobs,
                                                "",
                                                Long.MAX_VALUE)
                                        .in(guide)
                                        .speculating(SpeculationOptions.OFF),
                                answer);
                answers.add(answer);
            }
            List<Generation> generations =
                    answers.stream().map(answer -> answer.end.join()).toList();
            nanos += System.nanoTime() - start;
            steps += model.engine().stats().steps() - stepsBefore;
            tokens += generations.stream()
                    .mapToLong(generation -> generation.tokens().size())
                    .sum();
            return generations;
        }

        double tokensPerSecond() {
            return tokens * 1e9 / nanos;
        }

        ObjectNode toJson() {
            return new ObjectMapper()
                    .createObjectNode()
                    .put("tokens", tokens)
                    .put("steps", steps)
                    .put("seconds", nanos / 1e9)
                    .put("tokens_per_second", tokensPerSecond());
        }
    }

    private static final class Waiting implements GenerationListener {
        private final CompletableFuture<Generation> end = new CompletableFuture<>();

        @Override
        public void onToken(GeneratedToken token, String text) {}

        @Override
        public void onFinished(Generation generation) {
            end.complete(generation);
        }

        @Override
        public void onFailure(Exception failure) {
            end.completeExceptionally(failure);
        }
    }
}
