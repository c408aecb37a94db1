// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Document;

/** What requests leave open. Settings change it while the node runs. Thread-safe. */
public final class AnswerDefaults {
    private volatile TimeValue timeout;
    private volatile int maxCompletionTokens;

    /**
     * @param timeout time for retrieval, queue and generation together
     * @param maxCompletionTokens most tokens of an answer
     */
    public AnswerDefaults(TimeValue timeout, int maxCompletionTokens) {
        this.timeout = timeout;
        this.maxCompletionTokens = maxCompletionTokens;
    }

    /** Time for retrieval, queue and generation together. */
    public TimeValue timeout() {
        return timeout;
    }

    /** Most tokens of an answer. */
    public int maxCompletionTokens() {
        return maxCompletionTokens;
    }

    /**
     * A task whose time begins now.
     *
     * @param messages the conversation, a user's message last
     * @param documents what the model reads; null for a conversation without retrieval
     * @param context what of them
     * @param options how the answer is written
     */
    public AnswerTask task(
            List<ChatMessage> messages,
            @Nullable List<Document> documents,
            ContextOptions context,
            AnswerOptions options) {
        TimeValue time = options.timeout() != null ? options.timeout() : timeout;
        return new AnswerTask(
                messages, documents, context, options, maxCompletionTokens, System.nanoTime() + time.nanos());
    }

    /** Changes the time. */
    public void timeout(TimeValue value) {
        timeout = value;
    }

    /** Changes the tokens. */
    public void maxCompletionTokens(int value) {
        maxCompletionTokens = value;
    }
}
