// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.ParseField;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.ObjectParser;
import org.opensearch.core.xcontent.ObjectParser.ValueType;
import org.opensearch.core.xcontent.XContentParseException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;
import org.opensearch.index.query.AbstractQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.fetch.subphase.FetchSourceContext;

/**
 * The body of a {@code _generate} request. Strict: an unknown field, a wrong type or a value out of range is an {@link
 * IllegalArgumentException} that names the field, where it can with line and column.
 */
public final class GenerateBody {
    private static final int DEFAULT_SIZE = 4;
    private static final String FREE = "free";

    /** How the reply reaches the client. */
    public enum Delivery {
        WHOLE,
        STREAM,
        ASYNC
    }

    private static final ObjectParser<GenerateBody, Void> PARSER = new ObjectParser<>("generate", GenerateBody::new);

    private static final ConstructingObjectParser<ChatMessage, Void> MESSAGE = new ConstructingObjectParser<>(
            "messages", arguments -> new ChatMessage((String) arguments[0], (String) arguments[1]));

    private static final ConstructingObjectParser<ContextOptions, Void> CONTEXT = new ConstructingObjectParser<>(
            "context",
            arguments -> new ContextOptions(
                    strings(arguments[0]),
                    arguments[1] == null ? 0 : (Integer) arguments[1],
                    arguments[2] == null ? ContextOptions.DEFAULT_NEIGHBORS : (Integer) arguments[2]));

    private static final ConstructingObjectParser<SpeculationOptions, Void> SPECULATION =
            new ConstructingObjectParser<>(
                    "speculation",
                    arguments -> new SpeculationOptions(
                            arguments[0] == null ? Mode.AUTO : Mode.of((String) arguments[0]),
                            arguments[1] == null ? SpeculationOptions.DEFAULT_DRAFT_TOKENS : (Integer) arguments[1],
                            arguments[2] == null ? "" : (String) arguments[2],
                            ""));

    static {
        MESSAGE.declareString(ConstructingObjectParser.constructorArg(), new ParseField("role"));
        MESSAGE.declareString(ConstructingObjectParser.constructorArg(), new ParseField("content"));
        CONTEXT.declareStringArray(ConstructingObjectParser.optionalConstructorArg(), new ParseField("fields"));
        CONTEXT.declareField(
                ConstructingObjectParser.optionalConstructorArg(),
                (parser, none) -> positive(parser, "context.max_tokens"),
                new ParseField("max_tokens"),
                ValueType.INT);
        CONTEXT.declareInt(ConstructingObjectParser.optionalConstructorArg(), new ParseField("neighbors"));
        PARSER.declareField(
                (parser, body, none) -> body.query = AbstractQueryBuilder.parseInnerQueryBuilder(parser),
                new ParseField("query"),
                ValueType.OBJECT);
        PARSER.declareField(
                (parser, body, none) -> body.source = FetchSourceContext.fromXContent(parser),
                new ParseField("_source"),
                ValueType.OBJECT_ARRAY_BOOLEAN_OR_STRING);
        PARSER.declareInt((body, value) -> body.size = value, new ParseField("size"));
        PARSER.declareString((body, value) -> body.model = value, new ParseField("model"));
        PARSER.declareObject((body, value) -> body.context = value, CONTEXT, new ParseField("context"));
        PARSER.declareField(
                (parser, body, none) -> body.maxCompletionTokens = positive(parser, "max_completion_tokens"),
                new ParseField("max_completion_tokens"),
                ValueType.INT);
        PARSER.declareFloat((body, value) -> body.temperature = value, new ParseField("temperature"));
        PARSER.declareInt((body, value) -> body.topK = value, new ParseField("top_k"));
        PARSER.declareFloat((body, value) -> body.topP = value, new ParseField("top_p"));
        PARSER.declareFloat((body, value) -> body.minP = value, new ParseField("min_p"));
        PARSER.declareFloat((body, value) -> body.repetitionPenalty = value, new ParseField("repetition_penalty"));
        PARSER.declareFloat((body, value) -> body.presencePenalty = value, new ParseField("presence_penalty"));
        PARSER.declareFloat((body, value) -> body.frequencyPenalty = value, new ParseField("frequency_penalty"));
        PARSER.declareLong((body, value) -> body.seed = value, new ParseField("seed"));
        PARSER.declareStringArray((body, value) -> body.stop = value, new ParseField("stop"));
        PARSER.declareBoolean((body, value) -> body.logprobs = value, new ParseField("logprobs"));
        PARSER.declareInt((body, value) -> body.topLogprobs = value, new ParseField("top_logprobs"));
        PARSER.declareField(
                (parser, body, none) -> body.timeout = TimeValue.parseTimeValue(parser.text(), "timeout"),
                new ParseField("timeout"),
                ValueType.STRING);
        PARSER.declareBoolean((body, value) -> body.stream = value, new ParseField("stream"));
        PARSER.declareString((body, value) -> body.question = value, new ParseField("question"));
        PARSER.declareObjectArray((body, value) -> body.messages = value, MESSAGE, new ParseField("messages"));
        PARSER.declareBoolean((body, value) -> body.async = value, new ParseField("async"));
        PARSER.declareString((body, value) -> body.scope = Scope.of(value), new ParseField("scope"));
        PARSER.declareBoolean((body, value) -> body.rerank = value, new ParseField("rerank"));
        SPECULATION.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField("mode"));
        SPECULATION.declareInt(ConstructingObjectParser.optionalConstructorArg(), new ParseField("max_draft_tokens"));
        SPECULATION.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField("draft_model"));
        PARSER.declareObject((body, value) -> body.speculation = value, SPECULATION, new ParseField("speculation"));
        PARSER.declareField(
                (parser, body, none) -> body.format = parser.mapOrdered(),
                new ParseField("response_format"),
                ValueType.OBJECT);
        PARSER.declareString((body, value) -> body.quotes = value, new ParseField("quotes"));
    }

    private @Nullable QueryBuilder query;
    private @Nullable FetchSourceContext source;
    private int size = DEFAULT_SIZE;
    private @Nullable String question;
    private @Nullable List<ChatMessage> messages;
    private @Nullable String model;
    private ContextOptions context = ContextOptions.DEFAULT;
    private int maxCompletionTokens;
    private float temperature = SamplingOptions.GREEDY.temperature();
    private int topK = SamplingOptions.GREEDY.topK();
    private float topP = SamplingOptions.GREEDY.topP();
    private float minP = SamplingOptions.GREEDY.minP();
    private float repetitionPenalty = SamplingOptions.GREEDY.repetitionPenalty();
    private float presencePenalty = SamplingOptions.GREEDY.presencePenalty();
    private float frequencyPenalty = SamplingOptions.GREEDY.frequencyPenalty();
    private long seed = SamplingOptions.GREEDY.seed();
    private List<String> stop = List.of();
    private boolean logprobs;
    private @Nullable Integer topLogprobs;
    private @Nullable TimeValue timeout;
    private boolean stream;
    private boolean async;
    private @Nullable Scope scope;
    private boolean rerank;
    private SpeculationOptions speculation = SpeculationOptions.AUTO;
    private @Nullable Map<String, Object> format;
    private String quotes = FREE;

    /** Reads a body. */
    public static GenerateBody parse(XContentParser parser) throws IOException {
        GenerateBody body = PARSER.parse(parser, null);
        if (parser.nextToken() != null) {
            throw new XContentParseException(parser.getTokenLocation(), "[generate] found more after the body's end");
        }
        return body;
    }

    /** How the reply is wanted. */
    public Delivery delivery() {
        if (stream && async) {
            throw new IllegalArgumentException("[stream] and [async] exclude each other");
        }
        return stream ? Delivery.STREAM : async ? Delivery.ASYNC : Delivery.WHOLE;
    }

    /** The request that the body makes. */
    public GenerateRequest request(String[] indices, IndicesOptions indicesOptions) {
        if (topLogprobs != null && !logprobs) {
            throw new IllegalArgumentException("[top_logprobs] needs [logprobs] to be true");
        }
        int reported = logprobs ? (topLogprobs == null ? 0 : topLogprobs) : AnswerOptions.NO_LOGPROBS;
        if (topLogprobs != null && topLogprobs < 0) {
            throw new IllegalArgumentException("[top_logprobs] must be from 0 to 20, found " + topLogprobs);
        }
        SamplingOptions sampling = new SamplingOptions(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
        // What is asked of the same indices is likely answered in the same words.
        AnswerOptions options = new AnswerOptions(
                model,
                maxCompletionTokens,
                sampling,
                stop,
                reported,
                timeout,
                speculation.withName(String.join(",", indices)),
                format());
        if (rerank && stream) {
            throw new IllegalArgumentException("[rerank] knows the first hit when it has seen the last: no [stream]");
        }
        return new GenerateRequest(indices, indicesOptions, query, size, source, conversation(), context, options)
                .scope(scope != null ? scope : rerank ? Scope.HIT : Scope.ANSWER, rerank);
    }

    private ResponseFormat format() {
        ResponseFormat asked = format == null ? ResponseFormat.TEXT : ResponseFormat.of(format);
        boolean verbatim = verbatim(quotes);
        if (verbatim && asked.type() != ResponseFormat.Type.TEXT) {
            throw new IllegalArgumentException("[quotes] is for texts: no other [response_format]");
        }
        return verbatim ? ResponseFormat.QUOTES : asked;
    }

    private static boolean verbatim(String value) {
        if (!value.equals("verbatim") && !value.equals(FREE)) {
            throw new IllegalArgumentException("[quotes] is free or verbatim, found [" + value + "]");
        }
        return value.equals("verbatim");
    }

    private List<ChatMessage> conversation() {
        if (question != null && messages != null) {
            throw new IllegalArgumentException("[question] and [messages] exclude each other");
        }
        List<ChatMessage> conversation = new ArrayList<>();
        if (messages != null) {
            conversation.addAll(messages);
        }
        if (question != null) {
            conversation.add(new ChatMessage("user", question));
        }
        return conversation;
    }

    private static int positive(XContentParser parser, String field) throws IOException {
        int value = parser.intValue();
        if (value < 1) {
            throw new IllegalArgumentException("[" + field + "] must be at least 1, found " + value);
        }
        return value;
    }

    private static List<String> strings(@Nullable Object argument) {
        List<String> strings = new ArrayList<>();
        if (argument instanceof List<?> list) {
            list.forEach(item -> strings.add(String.valueOf(item)));
        }
        return strings;
    }
}
