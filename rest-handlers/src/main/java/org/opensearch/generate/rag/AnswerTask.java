// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.engine.Priority;

/**
 * What is asked of a model, on whichever node it is answered. The same task gives the same answer on every node that has loaded the
 * same model in the same way.
 *
 * @param messages the conversation, a user's message last
 * @param documents what was retrieved, in rank order; null for a conversation without retrieval
 * @param context what of the documents the model reads
 * @param options how the answer is written
 * @param defaultCompletionTokens most tokens of the answer where the options leave it open
 * @param deadlineNanos {@link System#nanoTime()} value of this node at which the answer ends, {@link #NO_DEADLINE} for none; another
 *     node gets the time that is left
 * @param cacheSalt whose prompts this one may share computed prefixes with; empty for everybody's
 * @param user among whom engines are shared, as {@code action.async.Owner} tells; empty for everybody who is not known
 * @param priority how soon the answer is wanted
 */
public record AnswerTask(
        List<ChatMessage> messages,
        @Nullable List<Document> documents,
        ContextOptions context,
        AnswerOptions options,
        int defaultCompletionTokens,
        long deadlineNanos,
        String cacheSalt,
        String user,
        Priority priority)
        implements Writeable {
    /** The deadline of who waits as long as it takes. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /** Keeps copies of the lists. */
    public AnswerTask {
        messages = List.copyOf(messages);
        documents = documents == null ? null : List.copyOf(documents);
    }

    /** A task of nobody in particular, who waits for it, and which shares prefixes with everybody's. */
    public AnswerTask(
            List<ChatMessage> messages,
            @Nullable List<Document> documents,
            ContextOptions context,
            AnswerOptions options,
            int defaultCompletionTokens,
            long deadlineNanos) {
        this(
                messages,
                documents,
                context,
                options,
                defaultCompletionTokens,
                deadlineNanos,
                "",
                "",
                Priority.INTERACTIVE);
    }

    /** Reads what {@link #writeTo} wrote. */
    public AnswerTask(StreamInput in) throws IOException {
        this(
                ChatMessages.read(in),
                in.readBoolean() ? in.readList(Document::new) : null,
                new ContextOptions(in),
                new AnswerOptions(in),
                in.readVInt(),
                deadline(in.readVLong()),
                in.readString(),
                in.readString(),
                in.readEnum(Priority.class));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        ChatMessages.write(out, messages);
        out.writeBoolean(documents != null);
        if (documents != null) {
            out.writeList(documents);
        }
        context.writeTo(out);
        options.writeTo(out);
        out.writeVInt(defaultCompletionTokens);
        out.writeVLong(deadlineNanos == NO_DEADLINE ? NO_DEADLINE : Math.max(0, deadlineNanos - System.nanoTime()));
        out.writeString(cacheSalt);
        out.writeString(user);
        out.writeEnum(priority);
    }

    private static long deadline(long leftNanos) {
        return leftNanos == NO_DEADLINE ? NO_DEADLINE : System.nanoTime() + leftNanos;
    }

    /** The words of the last message. */
    public String question() {
        return messages.getLast().content();
    }

    /** The same task over other documents. */
    public AnswerTask over(List<Document> others) {
        return new AnswerTask(
                messages, others, context, options, defaultCompletionTokens, deadlineNanos, cacheSalt, user, priority);
    }

    /** The same task for the model of that id. */
    public AnswerTask withModel(String id) {
        return new AnswerTask(
                messages,
                documents,
                context,
                options.withModel(id),
                defaultCompletionTokens,
                deadlineNanos,
                cacheSalt,
                user,
                priority);
    }

    /** The same task of somebody: it is counted for that user, and shares prefixes with tasks of that salt alone. */
    public AnswerTask of(String name, String salt) {
        return new AnswerTask(
                messages, documents, context, options, defaultCompletionTokens, deadlineNanos, salt, name, priority);
    }

    /** The same task, wanted as soon as that. */
    public AnswerTask withPriority(Priority wanted) {
        return new AnswerTask(
                messages, documents, context, options, defaultCompletionTokens, deadlineNanos, cacheSalt, user, wanted);
    }
}
