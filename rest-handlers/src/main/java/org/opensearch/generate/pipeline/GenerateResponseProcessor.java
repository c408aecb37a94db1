// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import static org.opensearch.ingest.ConfigurationUtils.readOptionalList;
import static org.opensearch.ingest.ConfigurationUtils.readOptionalStringProperty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.rag.Retrieval;
import org.opensearch.search.pipeline.AbstractProcessor;
import org.opensearch.search.pipeline.PipelineProcessingContext;
import org.opensearch.search.pipeline.Processor;
import org.opensearch.search.pipeline.SearchResponseProcessor;

/**
 * Answers the question of a search from its hits, and puts the answer beside them. A search without a question passes as it is.
 * Its configuration is that of ml-commons' {@code retrieval_augmented_generation}, of which nothing is required here.
 */
public final class GenerateResponseProcessor extends AbstractProcessor implements SearchResponseProcessor {
    /** The name in a pipeline. */
    public static final String TYPE = "generate";

    /**
     * How to answer.
     *
     * @param model id of the model; null for the default
     * @param context what of the hits the model reads
     * @param systemPrompt what it is told before anything else, where the search says nothing of it
     * @param userInstructions what else
     * @param maxCompletionTokens most tokens of the answer; 0 for the node's default
     */
    private record Options(
            @Nullable String model,
            ContextOptions context,
            @Nullable String systemPrompt,
            @Nullable String userInstructions,
            int maxCompletionTokens) {
        static Options read(@Nullable String tag, Map<String, Object> config) {
            List<String> fields = readOptionalList(TYPE, tag, config, "context_field_list");
            return new Options(
                    readOptionalStringProperty(TYPE, tag, config, "model_id"),
                    new ContextOptions(fields == null ? List.of() : fields, 0),
                    readOptionalStringProperty(TYPE, tag, config, "system_prompt"),
                    readOptionalStringProperty(TYPE, tag, config, "user_instructions"),
                    ModelAnswers.maxCompletionTokens(TYPE, tag, config, 0));
        }
    }

    private final Supplier<ModelAnswers> answers;
    private final Options options;

    private GenerateResponseProcessor(
            @Nullable String tag,
            @Nullable String description,
            boolean ignoreFailure,
            Options options,
            Supplier<ModelAnswers> answers) {
        super(tag, description, ignoreFailure);
        this.options = options;
        this.answers = answers;
    }

    /** Makes processors that ask the models of {@code answers}, which is there when the first search comes. */
    public static Processor.Factory<SearchResponseProcessor> factory(Supplier<ModelAnswers> answers) {
        return (factories, tag, description, ignoreFailure, config, context) ->
                new GenerateResponseProcessor(tag, description, ignoreFailure, Options.read(tag, config), answers);
    }

    @Override
    public String getType() {
        return TYPE;
    }

    @Override
    public SearchResponse processResponse(SearchRequest request, SearchResponse response) {
        throw new UnsupportedOperationException("a search thread must not wait for a model");
    }

    @Override
    public void processResponseAsync(
            SearchRequest request,
            SearchResponse response,
            PipelineProcessingContext context,
            ActionListener<SearchResponse> listener) {
        AnswerParameters parameters;
        try {
            parameters = AnswerParameters.of(request.source());
        } catch (IOException | RuntimeException e) {
            listener.onFailure(e);
            return;
        }
        if (parameters == null) {
            listener.onResponse(response);
            return;
        }
        List<Document> documents = Retrieval.documents(response.getHits(), options.context);
        ModelAnswers.Question question = new ModelAnswers.Question(
                options.model,
                conversation(parameters),
                documents.subList(0, Math.min(documents.size(), parameters.contextSize())),
                options.context,
                options.maxCompletionTokens,
                parameters.timeout());
        answers.get()
                .ask(question, ActionListener.map(listener, answer -> new GeneratedAnswer(parameters.question(), answer)
                        .addTo(response)));
    }

    private List<ChatMessage> conversation(AnswerParameters parameters) {
        List<ChatMessage> conversation = new ArrayList<>();
        String system = String.join(
                "\n",
                Stream.of(
                                or(parameters.systemPrompt(), options.systemPrompt),
                                or(parameters.userInstructions(), options.userInstructions))
                        .filter(text -> !text.isBlank())
                        .toList());
        if (!system.isEmpty()) {
            conversation.add(new ChatMessage("system", system));
        }
        conversation.addAll(parameters.messages());
        conversation.add(new ChatMessage("user", parameters.question()));
        return conversation;
    }

    private static String or(@Nullable String first, @Nullable String second) {
        return first != null ? first : second != null ? second : "";
    }
}
