// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext.StoredContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.AnswerDefaults;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.ModelLoadingException;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.runner.engine.Priority;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;

/**
 * What all processors of a node share: a line of prompts before each model, and tokenizers that are waited for. Thread-safe; what
 * it calls back runs on its own pool.
 */
public final class IngestEngine {
    /** Asks a model. */
    @FunctionalInterface
    public interface Answers {
        /** Does not wait; failures have their REST status. */
        void ask(AnswerTask task, ActionListener<Answer> listener);
    }

    /**
     * How documents wait.
     *
     * @param maxSequences most prompts of one model that are asked at once, at least 1
     * @param timeout how long documents wait for a model that answers none
     */
    public record Limits(int maxSequences, TimeValue timeout) {}

    /** How long to wait before a model that is loading, or whose queue was full, is asked again. */
    private static final TimeValue AGAIN = TimeValue.timeValueMillis(100);

    private final Models models;
    private final Answers answers;
    private final AnswerDefaults defaults;
    private final Client client;
    private final ThreadPool threadPool;
    private final Executor pool;
    private final Supplier<Limits> limits;
    /** By model; the default's stands under an empty id where it is not clear. */
    private final Map<String, EngineLine> lines = new ConcurrentHashMap<>();

    /**
     * @param models the node's, whose tokenizers count
     * @param answers the cluster's
     * @param defaults what processors leave open
     * @param client finds stored documents
     * @param threadPool has a pool {@link Pools#INGEST}
     * @param limits asked again and again
     */
    public IngestEngine(
            Models models,
            Answers answers,
            AnswerDefaults defaults,
            Client client,
            ThreadPool threadPool,
            Supplier<Limits> limits) {
        this.models = models;
        this.answers = answers;
        this.defaults = defaults;
        this.client = client;
        this.threadPool = threadPool;
        this.pool = threadPool.executor(Pools.INGEST);
        this.limits = limits;
    }

    /**
     * Gives a loaded model of this node to the listener, who gives it back; one that is loading is waited for. Fails with what
     * {@link Models#acquire} throws, and when the node closes.
     */
    void withModel(@Nullable String id, ActionListener<LoadedModel> listener) {
        run(Errors.mapping(listener), l -> {
            LoadedModel model;
            try {
                model = models.acquire(id);
            } catch (ModelLoadingException e) {
                later(l, again -> withModel(id, again));
                return;
            }
            l.onResponse(model);
        });
    }

    /** The id itself, or for null the default model's; empty if this node knows of none. */
    String modelId(@Nullable String model) {
        return model != null ? model : models.tryDefaultId().orElse("");
    }

    /** What is asked of a model: it waits for its turn as long as it takes. */
    AnswerTask task(String prompt, AnswerOptions options) {
        return new AnswerTask(
                        List.of(new ChatMessage("user", prompt)),
                        null,
                        ContextOptions.DEFAULT,
                        options,
                        defaults.maxCompletionTokens(),
                        AnswerTask.NO_DEADLINE)
                .withPriority(Priority.INGEST);
    }

    /** Puts prompts at the end of the line of their model. */
    void ask(String model, List<EngineLine.Job> jobs) {
        lines.computeIfAbsent(model, id -> new EngineLine(this)).add(jobs);
    }

    /** Asks at once. */
    void ask(AnswerTask task, ActionListener<Answer> listener) {
        answers.ask(task, listener);
    }

    /** Something to do that tells a listener. */
    interface Work<T> {
        void accept(ActionListener<T> listener) throws Exception;
    }

    /** Runs something on the pool; the listener is told if that fails, or if the node is closing. */
    <T> void run(ActionListener<T> listener, Work<T> work) {
        pool.execute(ActionRunnable.wrap(listener, work::accept));
    }

    /** The same a little later. */
    <T> void later(ActionListener<T> listener, Work<T> work) {
        try {
            threadPool.schedule(ActionRunnable.wrap(listener, work::accept), AGAIN, Pools.INGEST);
        } catch (RuntimeException e) {
            listener.onFailure(e);
        }
    }

    /** A listener that is told with the present headers and rights of the request, whichever thread tells it. */
    <T> ActionListener<T> inContext(ActionListener<T> listener) {
        return new ContextPreservingActionListener<>(context(), listener);
    }

    /** The present headers and rights. */
    Supplier<StoredContext> context() {
        return threadPool.getThreadContext().newRestorableContext(true);
    }

    Client client() {
        return client;
    }

    Limits limits() {
        return limits.get();
    }
}
