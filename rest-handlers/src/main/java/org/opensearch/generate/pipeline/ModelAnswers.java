// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import static org.opensearch.ingest.ConfigurationUtils.readIntProperty;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.AnswerDefaults;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.Answering;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.threadpool.ThreadPool;

/** What search processors ask of this node's models, off the thread that asks. */
public final class ModelAnswers {
    private final Models models;
    private final AnswerDefaults defaults;
    private final ThreadPool threadPool;
    private final Executor pool;
    private final Answering answering;

    /**
     * @param models the node's
     * @param defaults what processors leave open
     * @param threadPool has the answer pool
     */
    public ModelAnswers(Models models, AnswerDefaults defaults, ThreadPool threadPool) {
        this.models = models;
        this.defaults = defaults;
        this.threadPool = threadPool;
        this.pool = threadPool.executor(Pools.ANSWER);
        this.answering = new Answering(pool);
    }

    /**
     * A question.
     *
     * @param model id of the model; null for the default
     * @param messages the conversation, the question last
     * @param documents what the model reads; null for a conversation without retrieval
     * @param context what of them
     * @param maxCompletionTokens most tokens of the answer; 0 for the node's default
     * @param timeout time for queue and answer; null for the node's default
     */
    record Question(
            @Nullable String model,
            List<ChatMessage> messages,
            @Nullable List<Document> documents,
            ContextOptions context,
            int maxCompletionTokens,
            @Nullable TimeValue timeout) {}

    /** Asks; never waits. The listener is told on the answer pool, in the caller's thread context. */
    void ask(Question question, ActionListener<Answer> listener) {
        ActionListener<Answer> back = new ContextPreservingActionListener<>(
                threadPool.getThreadContext().newRestorableContext(true), Errors.mapping(listener));
        TimeValue timeout = question.timeout != null ? question.timeout : defaults.timeout();
        long deadline = System.nanoTime() + timeout.nanos();
        pool.execute(ActionRunnable.wrap(back, l -> ask(question, deadline, l)));
    }

    private void ask(Question question, long deadlineNanos, ActionListener<Answer> listener) {
        LoadedModel model = models.acquire(question.model);
        ActionListener<Answer> last =
                ActionListener.runAfter(ActionListener.map(listener, Errors::whole), model::decRef);
        try {
            answering.answer(
                    model,
                    new Answering.Task(
                            question.messages,
                            question.documents,
                            question.context,
                            new AnswerOptions(
                                    question.model,
                                    question.maxCompletionTokens,
                                    SamplingOptions.GREEDY,
                                    List.of(),
                                    AnswerOptions.NO_LOGPROBS,
                                    question.timeout),
                            defaults.maxCompletionTokens(),
                            deadlineNanos),
                    last);
        } catch (RuntimeException e) {
            last.onFailure(e);
        }
    }

    /** {@code max_completion_tokens} of a configuration. */
    static int maxCompletionTokens(String type, @Nullable String tag, Map<String, Object> config, int otherwise) {
        int value = readIntProperty(type, tag, config, "max_completion_tokens", otherwise);
        if (value < 0 || value > 1 << 20) {
            throw new IllegalArgumentException(
                    "[max_completion_tokens] must be from 1 to " + (1 << 20) + ", found " + value);
        }
        return value;
    }
}
