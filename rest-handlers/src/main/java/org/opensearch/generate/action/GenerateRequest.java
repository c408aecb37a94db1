// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.action.scope.Reranking;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ChatMessages;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.fetch.subphase.FetchSourceContext;
import org.opensearch.tasks.Task;

/** A question over documents, or a conversation without any. */
public final class GenerateRequest extends ActionRequest implements IndicesRequest.Replaceable {
    private static final int MOST_HITS = 100;
    private static final Set<String> ROLES = Set.of("system", "user", "assistant");

    private String[] indices;
    private final IndicesOptions indicesOptions;
    private final @Nullable QueryBuilder query;
    private final int size;
    private final @Nullable FetchSourceContext source;
    private final List<ChatMessage> messages;
    private final ContextOptions context;
    private final AnswerOptions options;
    private @Nullable Boolean preferLocal;
    private Scope scope = Scope.ANSWER;
    private boolean rerank;
    /** Stays on this node. */
    private @Nullable AnswerProgress progress;

    /**
     * Checks the conversation and {@code size}; throws {@link IllegalArgumentException} naming the field.
     *
     * @param indices where to search; empty for all, if there is a query
     * @param indicesOptions how their names are resolved
     * @param query what to search; null for the words of the question, if an index is named
     * @param size how many hits to retrieve
     * @param source what of their source the reply shows; null for all
     * @param messages the conversation, a user's message last
     * @param context what of the hits the model reads
     * @param options how the answer is written
     */
    public GenerateRequest(
            String[] indices,
            IndicesOptions indicesOptions,
            @Nullable QueryBuilder query,
            int size,
            @Nullable FetchSourceContext source,
            List<ChatMessage> messages,
            ContextOptions context,
            AnswerOptions options) {
        this.indices = indices.clone();
        this.indicesOptions = indicesOptions;
        this.query = query;
        this.size = size;
        this.source = source;
        this.messages = List.copyOf(messages);
        this.context = context;
        this.options = options;
        check();
    }

    /** Reads what {@link #writeTo} wrote. */
    public GenerateRequest(StreamInput in) throws IOException {
        super(in);
        indices = in.readStringArray();
        indicesOptions = IndicesOptions.readIndicesOptions(in);
        query = in.readOptionalNamedWriteable(QueryBuilder.class);
        size = in.readVInt();
        source = in.readOptionalWriteable(FetchSourceContext::new);
        messages = ChatMessages.read(in);
        context = new ContextOptions(in);
        options = new AnswerOptions(in);
        preferLocal = in.readOptionalBoolean();
        check();
        scope(in.readEnum(Scope.class), in.readBoolean());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeStringArray(indices);
        indicesOptions.writeIndicesOptions(out);
        out.writeOptionalNamedWriteable(query);
        out.writeVInt(size);
        out.writeOptionalWriteable(source);
        ChatMessages.write(out, messages);
        context.writeTo(out);
        options.writeTo(out);
        out.writeOptionalBoolean(preferLocal);
        out.writeEnum(scope);
        out.writeBoolean(rerank);
    }

    private void check() {
        if (size < 1 || size > MOST_HITS) {
            throw new IllegalArgumentException("[size] must be from 1 to " + MOST_HITS + ", found " + size);
        }
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("[question] or [messages] is needed");
        }
        for (int i = 0; i < messages.size(); i++) {
            String role = messages.get(i).role();
            if (!ROLES.contains(role)) {
                throw new IllegalArgumentException("[messages[" + i
                        + "].role] must be system, user or assistant, found [" + Strings.cleanTruncate(role, 40)
                        + "]");
            }
            if (role.equals("system") && i > 0) {
                throw new IllegalArgumentException("[messages[" + i + "].role] is system, which only the first may be");
            }
        }
        if (!messages.getLast().role().equals("user")) {
            throw new IllegalArgumentException("the last of [messages] must be the user's");
        }
        if (messages.getLast().content().isBlank()) {
            throw new IllegalArgumentException("the last of [messages], or the [question], is empty");
        }
    }

    private void checkQuotes() {
        if (options.format().type() == ResponseFormat.Type.QUOTES && (!retrieves() || scope != Scope.ANSWER)) {
            throw new IllegalArgumentException("[quotes] verbatim needs hits (an index in the path, or a [query]) and"
                    + " [scope] answer, found " + (retrieves() ? "[scope] " + scope : "neither index nor query"));
        }
    }

    /** Whether documents are retrieved. */
    public boolean retrieves() {
        return query != null || indices.length > 0;
    }

    @Override
    public String[] indices() {
        return indices.clone();
    }

    @Override
    public IndicesRequest indices(String... replacement) {
        indices = replacement.clone();
        return this;
    }

    @Override
    public IndicesOptions indicesOptions() {
        return indicesOptions;
    }

    /** What to search; null for the words of the question. */
    public @Nullable QueryBuilder query() {
        return query;
    }

    /** How many hits to retrieve. */
    public int size() {
        return size;
    }

    /** What of the hits' source the reply shows; null for all. */
    public @Nullable FetchSourceContext source() {
        return source;
    }

    /** The conversation, a user's message last. */
    public List<ChatMessage> messages() {
        return messages;
    }

    /** What of the hits the model reads. */
    public ContextOptions context() {
        return context;
    }

    /** How the answer is written. */
    public AnswerOptions options() {
        return options;
    }

    /** Whether this node is to answer if it has loaded the model; null for the node's setting. */
    public @Nullable Boolean preferLocal() {
        return preferLocal;
    }

    /** The same request, with a say in which node answers; null leaves it to the node's setting. */
    public GenerateRequest preferLocal(@Nullable Boolean value) {
        preferLocal = value;
        return this;
    }

    /** What the model reads together. */
    public Scope scope() {
        return scope;
    }

    /** Whether hits are put in the order of their relevance, as the model sees it; then the scope is {@link Scope#HIT}. */
    public boolean rerank() {
        return rerank;
    }

    /**
     * The same request with another scope.
     *
     * @throws IllegalArgumentException if it does not go with the rest of the request
     */
    public GenerateRequest scope(Scope wanted, boolean reranked) {
        if (wanted != Scope.ANSWER && !retrieves()) {
            throw new IllegalArgumentException((reranked ? "[rerank]" : "[scope] " + wanted)
                    + " needs hits: name an index in the path, or a [query]");
        }
        if (reranked) {
            Reranking.check(wanted, options);
        }
        scope = wanted;
        rerank = reranked;
        checkQuotes();
        return this;
    }

    /** Who is told of the answer while it is being written; null for nobody. */
    public @Nullable AnswerProgress progress() {
        return progress;
    }

    /** The same request, with somebody who is told of the answer while it is being written, on this node only. */
    public GenerateRequest progress(AnswerProgress listener) {
        progress = listener;
        return this;
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new GenerateTask(id, type, action, getDescription(), parent, headers);
    }

    /** For task lists: never the question's text. */
    @Override
    public String getDescription() {
        return "indices" + Arrays.toString(indices) + ", model["
                + Objects.requireNonNullElse(options.model(), "default") + "], messages[" + messages.size()
                + "], scope["
                + scope + "]";
    }
}
