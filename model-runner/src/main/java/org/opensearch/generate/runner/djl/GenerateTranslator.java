// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import ai.djl.util.passthrough.PassthroughNDArray;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.generate.runner.engine.GenerationListener;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** A user's message in, an answer out. Predictors on several threads share the engine's batches. */
final class GenerateTranslator<I, O> implements NoBatchifyTranslator<I, O> {
    private final LanguageModel model;
    private final int maxTokens;
    private final SamplingOptions sampling;
    private final List<String> stop;
    private final Function<Generation, O> output;

    GenerateTranslator(
            LanguageModel model,
            int maxTokens,
            SamplingOptions sampling,
            List<String> stop,
            Function<Generation, O> output) {
        this.model = model;
        this.maxTokens = maxTokens;
        this.sampling = sampling;
        this.stop = stop;
        this.output = output;
    }

    @Override
    public NDList processInput(TranslatorContext context, I message) throws ExecutionException, InterruptedException {
        List<ChatMessage> messages = List.of(new ChatMessage("user", message.toString()));
        int[] prompt = model.tokenizer()
                .encode(model.chatTemplate().render(messages), model.config().addBos());
        CompletableFuture<Generation> end = new CompletableFuture<>();
        GenerationHandle handle = model.engine()
                .submit(
                        new GenerationRequest(prompt, maxTokens, sampling, stop, -1, "", Long.MAX_VALUE),
                        new GenerationListener() {
                            @Override
                            public void onFinished(Generation generation) {
                                end.complete(generation);
                            }

                            @Override
                            public void onFailure(Exception failure) {
                                end.completeExceptionally(failure);
                            }
                        });
        try {
            return new NDList(new PassthroughNDArray(end.get()));
        } catch (InterruptedException e) {
            handle.cancel();
            throw e;
        }
    }

    @Override
    public O processOutput(TranslatorContext context, NDList list) {
        return output.apply((Generation) ((PassthroughNDArray) list.singletonOrThrow()).getObject());
    }
}
