// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** {@code generate run}: one answer, as it comes, then its timings. */
final class RunCommand {
    private static final Set<String> OPTIONS = Set.of(
            "prompt",
            "messages",
            "max-tokens",
            "temperature",
            "top-p",
            "top-k",
            "min-p",
            "seed",
            "stop",
            "speculation",
            "max-draft-tokens",
            "draft-model");
    private static final int DEFAULT_TOKENS = 256;

    private RunCommand() {}

    static void run(List<String> words, PrintStream out, LoadProgress progress) {
        Arguments arguments = new Arguments(words, OPTIONS);
        List<ChatMessage> messages = messages(arguments);
        SamplingOptions sampling = sampling(arguments);
        boolean json = arguments.has("json");
        long start = System.nanoTime();
        try (Drafting drafting = Drafting.of(arguments, 1, progress);
                LanguageModel model = LanguageModel.load(arguments.path(), arguments.loading(1, 0), progress)) {
            double loadMillis = (System.nanoTime() - start) / 1e6;
            int[] prompt = model.tokenizer()
                    .encode(
                            model.chatTemplate().render(messages),
                            model.config().addBos());
            Completion completion = new Completion(json ? null : out);
            model.engine()
                    .submit(
                            drafting.apply(
                                    new GenerationRequest(
                                            prompt,
                                            arguments.number("max-tokens", DEFAULT_TOKENS),
                                            sampling,
                                            arguments.text("stop").stream().toList(),
                                            -1,
                                            "",
                                            Long.MAX_VALUE),
                                    model),
                            completion);
            Generation answer = completion.get();
            if (!json) {
                out.println();
                out.println();
            }
            report(model, answer, loadMillis, json).print(out, json);
        }
    }

    private static Report report(LanguageModel model, Generation answer, double loadMillis, boolean json) {
        Report report = new Report();
        if (json) {
            report.add("text", answer.text());
        }
        report.add("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT))
                .add("prompt_tokens", answer.promptTokens())
                .add("completion_tokens", answer.tokens().size())
                .add("accepted_prediction_tokens", answer.acceptedPredictionTokens())
                .add("rejected_prediction_tokens", answer.rejectedPredictionTokens())
                .add("tokens_per_step", model.engine().stats().speculation().tokensPerStep())
                .add("load_ms", loadMillis)
                .add("ttft_ms", answer.firstTokenNanos() / 1e6)
                .add("prefill_tokens_per_second", Rates.prefill(answer))
                .add("decode_tokens_per_second", Rates.decode(answer))
                .add("kernels", model.kernels())
                .add("memory_bytes", model.memoryBytes());
        if (!model.kernelFallback().isEmpty()) {
            report.add("kernel_fallback", model.kernelFallback());
        }
        return report;
    }

    private static List<ChatMessage> messages(Arguments arguments) {
        if (arguments.has("prompt") == arguments.has("messages")) {
            throw new IllegalArgumentException("either --prompt or --messages is wanted");
        }
        return arguments
                .text("prompt")
                .map(prompt -> List.of(new ChatMessage("user", prompt)))
                .orElseGet(() ->
                        JsonFile.read(Path.of(arguments.text("messages").orElseThrow())).objects("messages").stream()
                                .map(message -> new ChatMessage(message.string("role"), message.string("content")))
                                .toList());
    }

    private static SamplingOptions sampling(Arguments arguments) {
        return new SamplingOptions(
                (float) arguments.decimal("temperature", 0),
                arguments.number("top-k", 0),
                (float) arguments.decimal("top-p", 1),
                (float) arguments.decimal("min-p", 0),
                1f,
                0f,
                0f,
                (long) arguments.decimal("seed", 0));
    }
}
