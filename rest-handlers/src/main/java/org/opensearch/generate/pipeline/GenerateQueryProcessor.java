// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Retrieval;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.pipeline.AbstractProcessor;
import org.opensearch.search.pipeline.PipelineProcessingContext;
import org.opensearch.search.pipeline.Processor;
import org.opensearch.search.pipeline.SearchRequestProcessor;

/**
 * Makes a follow-up question stand by itself before it is searched: "and the next one?" says nothing to an index. The model reads
 * the earlier {@code messages} of the search and writes the question anew; wherever the query holds the old question as a string,
 * it gets the new one, and a search without a query searches its words. A search without a question or without earlier messages
 * passes as it is, and so does one for which the model finds no words.
 */
public final class GenerateQueryProcessor extends AbstractProcessor implements SearchRequestProcessor {
    /** The name in a pipeline. */
    public static final String TYPE = "generate_query";

    private static final int QUESTION_TOKENS = 96;
    private static final String INSTRUCTIONS =
            "Rewrite the last question of the conversation as one question that can be "
                    + "understood without the conversation: replace words like it, they or there by what they stand for. "
                    + "Reply with the question alone.";

    private final Supplier<ModelAnswers> answers;
    private final NamedXContentRegistry registry;
    private final @Nullable String model;
    private final int maxCompletionTokens;

    private GenerateQueryProcessor(
            @Nullable String tag,
            @Nullable String description,
            boolean ignoreFailure,
            Map<String, Object> config,
            NamedXContentRegistry registry,
            Supplier<ModelAnswers> answers) {
        super(tag, description, ignoreFailure);
        this.answers = answers;
        this.registry = registry;
        model = readOptionalStringProperty(TYPE, tag, config, "model_id");
        maxCompletionTokens = ModelAnswers.maxCompletionTokens(TYPE, tag, config, QUESTION_TOKENS);
    }

    /**
     * Makes processors that ask the models of {@code answers}, which is there when the first search comes.
     *
     * @param registry reads queries
     */
    public static Processor.Factory<SearchRequestProcessor> factory(
            NamedXContentRegistry registry, Supplier<ModelAnswers> answers) {
        return (factories, tag, description, ignoreFailure, config, context) ->
                new GenerateQueryProcessor(tag, description, ignoreFailure, config, registry, answers);
    }

    @Override
    public String getType() {
        return TYPE;
    }

    @Override
    public SearchRequest processRequest(SearchRequest request) {
        throw new UnsupportedOperationException("a search thread must not wait for a model");
    }

    @Override
    public void processRequestAsync(
            SearchRequest request, PipelineProcessingContext context, ActionListener<SearchRequest> listener) {
        AnswerParameters parameters;
        try {
            parameters = AnswerParameters.of(request.source());
        } catch (IOException | RuntimeException e) {
            listener.onFailure(e);
            return;
        }
        if (parameters == null || parameters.messages().isEmpty()) {
            listener.onResponse(request);
            return;
        }
        ModelAnswers.Question question = new ModelAnswers.Question(
                model,
                List.of(new ChatMessage("system", INSTRUCTIONS), new ChatMessage("user", transcript(parameters))),
                null,
                ContextOptions.DEFAULT,
                maxCompletionTokens,
                parameters.timeout());
        answers.get().ask(question, ActionListener.map(listener, answer -> rewritten(request, parameters, answer)));
    }

    private static String transcript(AnswerParameters parameters) {
        StringBuilder text = new StringBuilder("Conversation:\n");
        for (ChatMessage message : parameters.messages()) {
            text.append(message.role()).append(": ").append(message.content()).append('\n');
        }
        return text.append("Last question: ").append(parameters.question()).toString();
    }

    private SearchRequest rewritten(SearchRequest request, AnswerParameters parameters, Answer answer)
            throws IOException {
        String question = answer.text().strip().lines().findFirst().orElse("").strip();
        if (question.isEmpty() || answer.finishReason() == FinishReason.TIMEOUT) {
            return request;
        }
        SearchSourceBuilder source = request.source();
        QueryBuilder query = source.query();
        source.query(
                query == null
                        ? Retrieval.query(question, List.of())
                        : replaced(query, parameters.question(), question));
        parameters.standing(question).replaceIn(source);
        return request;
    }

    private QueryBuilder replaced(QueryBuilder query, String old, String question) throws IOException {
        BytesReference json =
                BytesReference.bytes(query.toXContent(XContentFactory.jsonBuilder(), ToXContent.EMPTY_PARAMS));
        Map<String, Object> tree =
                XContentHelper.convertToMap(json, true, MediaTypeRegistry.JSON).v2();
        BytesReference changed =
                BytesReference.bytes(XContentFactory.jsonBuilder().value(replaced((Object) tree, old, question)));
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                registry, DeprecationHandler.IGNORE_DEPRECATIONS, changed.streamInput())) {
            return AbstractQueryBuilder.parseInnerQueryBuilder(parser);
        }
    }

    private static @Nullable Object replaced(@Nullable Object value, String old, String question) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, child) -> copy.put(key, replaced(child, old, question)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(child -> copy.add(replaced(child, old, question)));
            return copy;
        }
        return old.equals(value) ? question : value;
    }
}
