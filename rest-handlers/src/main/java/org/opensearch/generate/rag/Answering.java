// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.generate.runner.engine.GenerationRequest;

/**
 * From a conversation and documents to a checked answer: the core that every way in shares.
 *
 * <h2>Threads</h2>
 * {@link #answer} is called on the answer pool and does not wait; the engine's thread only hands text back to
 * that pool ({@link AnswerRelay}), where citations are checked ({@link CitationStream}) and the listener is told.
 */
public final class Answering {
    /** The share of the context that an answer may take where the request leaves it open. */
    private static final int DEFAULT_ANSWER_SHARE = 4;

    private final Executor pool;
    private final Guides guides = new Guides();

    /** @param pool where answers are finished */
    public Answering(Executor pool) {
        this.pool = pool;
    }

    /**
     * Asks the model. The listener gets the answer, also one cut short by the deadline or a cancel.
     *
     * @param model stays the caller's until the listener was told
     * @param draftModel the model that drafts, which stays the caller's too; null if the task wants none
     * @param partial told of the text while it is being written; null for nobody
     * @throws IllegalArgumentException if the answer may be as long as the model's context
     * @throws org.opensearch.generate.runner.engine.PromptTooLongException if the conversation cannot fit
     * @throws org.opensearch.generate.runner.engine.OverloadedException if too many requests wait
     */
    public GenerationHandle answer(
            LoadedModel model,
            @Nullable LoadedModel draftModel,
            AnswerTask task,
            @Nullable AnswerListener partial,
            ActionListener<Answer> listener) {
        LanguageModel language = model.model();
        int bos = language.config().addBos() ? language.config().bos() : -1;
        PromptAssembly assembly = new PromptAssembly(
                language.tokenizer(),
                language.chatTemplate(),
                bos,
                task.options().format().type());
        int wanted = task.options().maxCompletionTokens();
        int completion = wanted > 0
                ? wanted
                : Math.min(task.defaultCompletionTokens(), Math.max(1, language.maxContext() / DEFAULT_ANSWER_SHARE));
        int limit = language.maxContext() - completion;
        if (limit < 1) {
            throw new IllegalArgumentException("[max_completion_tokens] must be below the context of [" + model.id()
                    + "], " + language.maxContext() + " tokens, found " + completion);
        }
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
                        task.cacheSalt(),
                        task.deadlineNanos())
                .of(task.user(), task.priority())
                .speculating(
                        task.options().speculation(),
                        draftModel == null ? null : draftModel.model().draftsFor(language))
                .in(guides.of(task.options().format(), prompt.passages()));
        Writing writing = new Writing(model, task, prompt, partial, listener);
        if (partial != null) {
            partial.onStarted(writing.id, model.id());
        }
        return language.engine().submit(request, new AnswerRelay(pool, partial != null, writing));
    }

    /** An answer on its way from the engine to its listener, on the answer pool. */
    private static final class Writing implements AnswerRelay.Receiver {
        private final String id = Answer.newId();
        private final LoadedModel model;
        private final AnswerTask task;
        private final PromptAssembly.Prompt prompt;
        private final @Nullable AnswerListener partial;
        private final ActionListener<Answer> listener;
        private final CitationStream checked;
        private final StringBuilder text = new StringBuilder();
        private final List<Citation> citations = new ArrayList<>();
        /** Characters that the engine has made certain. */
        private int certain;

        /** Tokens whose text is not handed on yet. */
        private final List<TokenLogprob> logprobs = new ArrayList<>();

        Writing(
                LoadedModel model,
                AnswerTask task,
                PromptAssembly.Prompt prompt,
                @Nullable AnswerListener partial,
                ActionListener<Answer> listener) {
            this.model = model;
            this.task = task;
            this.prompt = prompt;
            this.partial = partial;
            this.listener = listener;
            // What is no prose has no sentences to cite for; quotations say themselves where they are from.
            boolean prose = task.options().format().type() == ResponseFormat.Type.TEXT;
            this.checked = new CitationStream(prose ? prompt.passages() : List.of(), task.question());
        }

        @Override
        public void more(String more, List<GeneratedToken> tokens) {
            certain += more.length();
            if (wantsLogprobs()) {
                logprobs.addAll(logprobs(tokens));
            }
            hand(checked.push(more));
        }

        @Override
        public void finished(Generation generation) {
            hand(checked.push(generation.text().substring(certain)));
            hand(checked.finish());
            listener.onResponse(answer(generation));
        }

        @Override
        public void failed(Exception failure) {
            listener.onFailure(failure);
        }

        private void hand(CitationStream.Piece piece) {
            text.append(piece.text());
            citations.addAll(piece.citations());
            if (partial != null && !(piece.text().isEmpty() && piece.citations().isEmpty())) {
                partial.onText(piece.text(), piece.citations(), List.copyOf(logprobs));
                logprobs.clear();
            }
        }

        private boolean wantsLogprobs() {
            return task.options().logprobs() != AnswerOptions.NO_LOGPROBS;
        }

        private List<TokenLogprob> logprobs(List<GeneratedToken> tokens) {
            return tokens.stream()
                    .map(token -> TokenLogprob.of(token, model.model().tokenizer()))
                    .toList();
        }

        private Answer answer(Generation generation) {
            int completionTokens = generation.tokens().size();
            double decodeSeconds = generation.decodeNanos() / 1e9;
            return new Answer(
                    id,
                    model.id(),
                    text.toString(),
                    generation.finishReason(),
                    wantsLogprobs() ? logprobs(generation.tokens()) : null,
                    new Answer.Usage(
                            generation.promptTokens(),
                            completionTokens,
                            generation.cachedTokens(),
                            generation.acceptedPredictionTokens(),
                            generation.rejectedPredictionTokens()),
                    List.copyOf(citations),
                    task.options().format().type() == ResponseFormat.Type.QUOTES
                            ? Quote.in(text.toString(), prompt.passages())
                            : null,
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
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
