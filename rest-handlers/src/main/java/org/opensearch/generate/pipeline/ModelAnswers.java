// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import static org.opensearch.ingest.ConfigurationUtils.readIntProperty;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.AnswerDefaults;
import org.opensearch.generate.action.route.AnswerService;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** What search processors ask of models. */
public final class ModelAnswers {
    private final AnswerService answers;
    private final AnswerDefaults defaults;
    private final SearchTasks tasks;

    /**
     * @param answers whom they ask
     * @param defaults what they leave open
     * @param threadContext the node's
     */
    public ModelAnswers(AnswerService answers, AnswerDefaults defaults, ThreadContext threadContext) {
        this.answers = answers;
        this.defaults = defaults;
        this.tasks = new SearchTasks(threadContext);
    }

    /** To be put before all searches: tells for which of them a model is asked. */
    public ActionFilter filter() {
        return tasks;
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

    /** Asks, as a child of the search's task; never waits. The listener is told on the answer pool, in the caller's thread context. */
    void ask(Question question, ActionListener<Answer> listener) {
        AnswerOptions options = new AnswerOptions(
                question.model,
                question.maxCompletionTokens,
                SamplingOptions.GREEDY,
                List.of(),
                AnswerOptions.NO_LOGPROBS,
                question.timeout);
        answers.ask(
                defaults.task(question.messages, question.documents, question.context, options),
                new AnswerService.Origin(tasks.current(), null, 0),
                null,
                listener);
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
