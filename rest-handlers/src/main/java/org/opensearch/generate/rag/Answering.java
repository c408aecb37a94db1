// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.UUIDs;
import org.opensearch.common.util.concurrent.AbstractRunnable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.generate.runner.engine.GenerationListener;
import org.opensearch.generate.runner.engine.GenerationRequest;

/**
 * From a conversation and documents to a checked answer: the core that every way in shares.
 *
 * <h2>Threads</h2>
 * {@link #answer} is called on the answer pool and does not wait; the engine's thread only hands the finished text back to that
 * pool, where citations are checked and the listener is told.
 */
public final class Answering {
    /** The share of the context that an answer may take where the request leaves it open. */
    private static final int DEFAULT_ANSWER_SHARE = 4;

    private final Executor pool;

    /** @param pool where answers are finished */
    public Answering(Executor pool) {
        this.pool = pool;
    }

    /**
     * What is asked of the model.
     *
     * @param messages the conversation, a user's message last
     * @param documents what was retrieved, in rank order; null for a conversation without retrieval
     * @param context what of the documents the model reads
     * @param options how the answer is written
     * @param defaultCompletionTokens most tokens of the answer where the options leave it open
     * @param deadlineNanos {@link System#nanoTime()} value at which the answer ends
     */
    public record Task(
            List<ChatMessage> messages,
            @Nullable List<Document> documents,
            ContextOptions context,
            AnswerOptions options,
            int defaultCompletionTokens,
            long deadlineNanos) {
        String question() {
            return messages.getLast().content();
        }
    }

    /**
     * Asks the model. The listener gets the answer, also one cut short by the deadline or a cancel.
     *
     * @param model stays the caller's until the listener was told
     * @throws org.opensearch.generate.runner.engine.PromptTooLongException if the conversation cannot fit
     * @throws org.opensearch.generate.runner.engine.OverloadedException if too many requests wait
     */
    public GenerationHandle answer(LoadedModel model, Task task, ActionListener<Answer> listener) {
        LanguageModel language = model.model();
        int bos = language.config().addBos() ? language.config().bos() : -1;
        PromptAssembly assembly = new PromptAssembly(language.tokenizer(), language.chatTemplate(), bos);
        int wanted = task.options().maxCompletionTokens();
        int completion = wanted > 0
                ? wanted
                : Math.min(task.defaultCompletionTokens(), Math.max(1, language.maxContext() / DEFAULT_ANSWER_SHARE));
        int limit = language.maxContext() - completion;
        PromptAssembly.Prompt prompt = task.documents() == null
                ? assembly.plain(task.messages(), limit)
                : assembly.overDocuments(
                        task.messages(), task.documents(), task.context().maxTokens(), limit);
        GenerationRequest request = new GenerationRequest(
                prompt.tokens(),
                completion,
                task.options().sampling(),
                task.options().stop(),
                task.options().logprobs(),
                "",
                task.deadlineNanos());
        return language.engine().submit(request, new GenerationListener() {
            @Override
            public void onFinished(Generation generation) {
                pool.execute(handOff(listener, () -> answer(model, task, prompt, generation)));
            }

            @Override
            public void onFailure(Exception failure) {
                pool.execute(handOff(listener, () -> {
                    throw failure;
                }));
            }
        });
    }

    /** Something that gives an answer or fails. */
    private interface Finish {
        Answer get() throws Exception;
    }

    /** Runs even where the pool's queue is full: what the engine has finished must reach its caller. */
    private static AbstractRunnable handOff(ActionListener<Answer> listener, Finish finish) {
        return new AbstractRunnable() {
            @Override
            protected void doRun() throws Exception {
                listener.onResponse(finish.get());
            }

            @Override
            public void onFailure(Exception e) {
                listener.onFailure(e);
            }

            @Override
            public boolean isForceExecution() {
                return true;
            }
        };
    }

    private static Answer answer(LoadedModel model, Task task, PromptAssembly.Prompt prompt, Generation generation) {
        Citations checked = Citations.check(generation.text(), prompt.passages(), task.question());
        List<TokenLogprob> logprobs = task.options().logprobs() == AnswerOptions.NO_LOGPROBS
                ? null
                : generation.tokens().stream()
                        .map(token -> TokenLogprob.of(token, model.model().tokenizer()))
                        .toList();
        int completionTokens = generation.tokens().size();
        double decodeSeconds = generation.decodeNanos() / 1e9;
        return new Answer(
                "gen-" + UUIDs.base64UUID(),
                model.id(),
                checked.text(),
                generation.finishReason(),
                logprobs,
                new Answer.Usage(generation.promptTokens(), completionTokens, generation.cachedTokens()),
                checked.citations(),
                new Answer.Context(
                        prompt.passages().size(),
                        prompt.dropped(),
                        prompt.skipped(),
                        prompt.passageTokens(),
                        checked.removed(),
                        checked.added()),
                new Answer.Timings(
                        0,
                        millis(generation.queueNanos()),
                        millis(generation.prefillNanos()),
                        millis(generation.firstTokenNanos()),
                        completionTokens > 1 && decodeSeconds > 0 ? (completionTokens - 1) / decodeSeconds : 0));
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
