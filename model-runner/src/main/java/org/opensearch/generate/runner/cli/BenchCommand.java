// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationListener;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.sample.SamplingOptions;

/**
 * {@code generate bench}: requests of the same size, so many at once, each prompt new to the prefix cache; medians of several
 * runs after one that does not count. Prefill is the time until the last request has its first token; decode is what comes then.
 */
final class BenchCommand {
    private static final Set<String> OPTIONS =
            Set.of("p", "n", "requests", "runs", "random", "speculation", "max-draft-tokens", "draft-model");

    private BenchCommand() {}

    static void run(List<String> words, PrintStream out, LoadProgress progress) {
        Arguments arguments = new Arguments(words, OPTIONS);
        int promptTokens = arguments.number("p", 512);
        int newTokens = arguments.number("n", 64);
        int runs = arguments.number("runs", 5);
        int[] requests = Arrays.stream(arguments.text("requests").orElse("1").split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
        int most = Arrays.stream(requests).max().orElseThrow();
        ModelSource source = new Endless(
                arguments.has("random")
                        ? RandomModel.of(arguments.text("random").orElseThrow())
                        : ModelFiles.open(arguments.path()));
        int tokens = (promptTokens + newTokens + KvCache.PAGE) * most;
        try (Drafting drafting = Drafting.of(arguments, most, progress);
                LanguageModel model = LanguageModel.load(
                        source, arguments.loading(most, kvBytes(arguments, source, tokens)), progress)) {
            for (int at : requests) {
                bench(model, promptTokens, newTokens, at, runs, drafting).print(out, arguments.has("json"));
            }
        }
    }

    private static long kvBytes(Arguments arguments, ModelSource source, int tokens) {
        return LlamaModel.pageBytes(source.config(), arguments.loading(1, 0).kvType())
                * Math.ceilDiv(tokens, KvCache.PAGE);
    }

    private static Report bench(
            LanguageModel model, int promptTokens, int newTokens, int requests, int runs, Drafting drafting) {
        double[] prefill = new double[runs];
        double[] decode = new double[runs];
        double[] firstToken = new double[runs];
        for (int run = -1; run < runs; run++) {
            Measured measured = once(model, promptTokens, newTokens, requests, drafting);
            if (run >= 0) {
                prefill[run] = measured.prefillTokensPerSecond;
                decode[run] = measured.decodeTokensPerSecond;
                firstToken[run] = measured.firstTokenMillis;
            }
        }
        EngineStats stats = model.engine().stats();
        return new Report()
                .add("model", model.name())
                .add("kernels", model.kernels())
                .add("prompt_tokens", promptTokens)
                .add("new_tokens", newTokens)
                .add("requests", requests)
                .add("runs", runs)
                .add("prefill_tokens_per_second", Rates.median(prefill))
                .add("decode_tokens_per_second", Rates.median(decode))
                .add("ttft_ms", Rates.median(firstToken))
                .add("speculation", drafting.options().mode())
                .add("tokens_per_step", stats.speculation().tokensPerStep())
                .add("inter_token_p99_ms", stats.interTokenTime().p99Millis())
                .add("load_ms", model.loadMillis())
                .add("weights_from", model.weightSource())
                .add("weight_bytes", model.weightBytes())
                .add("kv_bytes", model.kvBytes())
                .add("memory_bytes", model.memoryBytes());
    }

    private record Measured(double prefillTokensPerSecond, double decodeTokensPerSecond, double firstTokenMillis) {}

    private static Measured once(
            LanguageModel model, int promptTokens, int newTokens, int requests, Drafting drafting) {
        List<Timed> answers = new ArrayList<>();
        long start = System.nanoTime();
        for (int request = 0; request < requests; request++) {
            Timed answer = new Timed(start);
            answers.add(answer);
            model.engine()
                    .submit(
                            drafting.apply(
                                    new GenerationRequest(
                                            prompt(
                                                    promptTokens,
                                                    request,
                                                    model.config().vocabulary()),
                                            newTokens,
                                            new SamplingOptions(0.9f, 0, 1f, 0f, 1f, 0f, 0f, request),
                                            List.of(),
                                            -1,
                                            "bench " + start + " " + request,
                                            Long.MAX_VALUE),
                                    model),
                            answer);
        }
        long lastFirst = 0;
        double firstMillis = 0;
        for (Timed answer : answers) {
            answer.completion.get();
            lastFirst = Math.max(lastFirst, answer.nanos.getFirst());
            firstMillis += answer.nanos.getFirst() / 1e6 / requests;
        }
        long after = 0;
        long end = lastFirst;
        for (Timed answer : answers) {
            for (long nanos : answer.nanos) {
                after += nanos > lastFirst ? 1 : 0;
                end = Math.max(end, nanos);
            }
        }
        return new Measured(
                Rates.perSecond((long) promptTokens * requests, lastFirst),
                Rates.perSecond(after, end - lastFirst),
                firstMillis);
    }

    /** An answer, and when its tokens came, since the start of the run. */
    private static final class Timed implements GenerationListener {
        private final long start;
        private final List<Long> nanos = new ArrayList<>();
        private final Completion completion = new Completion(null);

        Timed(long start) {
            this.start = start;
        }

        @Override
        public void onToken(GeneratedToken token, String text) {
            nanos.add(System.nanoTime() - start);
        }

        @Override
        public void onFinished(Generation generation) {
            completion.onFinished(generation);
        }

        @Override
        public void onFailure(Exception failure) {
            completion.onFailure(failure);
        }
    }

    /** The tokens that the peers' benchmark uses, moved on for each request. */
    private static int[] prompt(int length, int request, int vocabulary) {
        int[] prompt = new int[length];
        for (int i = 0; i < length; i++) {
            prompt[i] = (300 + (i + request) * 7919 % 5000) % vocabulary;
        }
        return prompt;
    }
}
