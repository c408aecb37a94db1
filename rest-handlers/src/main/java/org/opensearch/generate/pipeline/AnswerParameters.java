// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.ObjectParser;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.search.SearchExtBuilder;
import org.opensearch.search.builder.SearchSourceBuilder;

/**
 * What a search asks of the model: {@code ext.generate}, or {@code ext.generative_qa_parameters} with the names that requests to
 * ml-commons' {@code retrieval_augmented_generation} use. Where that plugin is installed too, it owns the second name; its object
 * is read through its JSON.
 *
 * <p>Strict: an unknown field or a value out of range is an {@link IllegalArgumentException} that names it. Fields that only mean
 * something to a remote service ({@code llm_model}, {@code llm_response_field}, {@code message_size}) are accepted and have no
 * effect. {@code memory_id} is refused: earlier messages come with the request, in {@code messages}.
 */
public final class AnswerParameters extends SearchExtBuilder {
    /** Our name in {@code ext}. */
    public static final String NAME = "generate";

    /** The name that ml-commons gave it. */
    public static final String ML_COMMONS_NAME = "generative_qa_parameters";

    private static final ConstructingObjectParser<ChatMessage, Void> MESSAGE = new ConstructingObjectParser<>(
            "messages", arguments -> new ChatMessage((String) arguments[0], (String) arguments[1]));

    private static final ObjectParser<AnswerParameters, Void> PARSER = new ObjectParser<>(NAME);

    static {
        MESSAGE.declareString(ConstructingObjectParser.constructorArg(), new ParseField("role"));
        MESSAGE.declareString(ConstructingObjectParser.constructorArg(), new ParseField("content"));
        PARSER.declareString((p, value) -> p.question = value, new ParseField("question"));
        PARSER.declareString((p, value) -> p.question = value, new ParseField("llm_question"));
        PARSER.declareObjectArray((p, value) -> p.messages = value, MESSAGE, new ParseField("messages"));
        PARSER.declareString((p, value) -> p.systemPrompt = value, new ParseField("system_prompt"));
        PARSER.declareString((p, value) -> p.userInstructions = value, new ParseField("user_instructions"));
        PARSER.declareInt(
                (p, value) -> p.contextSize = positive("context_size", value), new ParseField("context_size"));
        PARSER.declareField(
                (parser, p, none) -> p.timeout = timeout(parser),
                new ParseField("timeout"),
                ObjectParser.ValueType.VALUE);
        PARSER.declareString((p, value) -> oneAnswer(value), new ParseField("scope"));
        PARSER.declareString((p, value) -> refuseMemory(), new ParseField("memory_id"));
        PARSER.declareString((p, value) -> {}, new ParseField("llm_model"));
        PARSER.declareString((p, value) -> {}, new ParseField("llm_response_field"));
        PARSER.declareInt((p, value) -> {}, new ParseField("message_size"));
    }

    private final String name;
    private String question = "";
    private List<ChatMessage> messages = List.of();
    private @Nullable String systemPrompt;
    private @Nullable String userInstructions;
    private int contextSize = Integer.MAX_VALUE;
    private @Nullable TimeValue timeout;

    private AnswerParameters(String name) {
        this.name = name;
    }

    /** Reads what {@link #writeTo} wrote under a name. */
    public AnswerParameters(StreamInput in, String name) throws IOException {
        this(name);
        question = in.readString();
        messages = in.readList(message -> new ChatMessage(message.readString(), message.readString()));
        systemPrompt = in.readOptionalString();
        userInstructions = in.readOptionalString();
        contextSize = in.readVInt();
        timeout = in.readOptionalTimeValue();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(question);
        out.writeCollection(messages, (to, message) -> {
            to.writeString(message.role());
            to.writeString(message.content());
        });
        out.writeOptionalString(systemPrompt);
        out.writeOptionalString(userInstructions);
        out.writeVInt(contextSize);
        out.writeOptionalTimeValue(timeout);
    }

    /** Reads the object under a name. */
    public static AnswerParameters parse(XContentParser parser, String name) throws IOException {
        AnswerParameters parameters = PARSER.parse(parser, new AnswerParameters(name), null);
        if (parameters.question.isBlank()) {
            throw new IllegalArgumentException(
                    "[ext." + name + "] needs [" + (name.equals(NAME) ? "question" : "llm_question") + "]");
        }
        return parameters;
    }

    /** The parameters of a search; null if it asks nothing of a model. */
    static @Nullable AnswerParameters of(@Nullable SearchSourceBuilder source) throws IOException {
        if (source == null) {
            return null;
        }
        for (SearchExtBuilder ext : source.ext()) {
            if (ext instanceof AnswerParameters parameters) {
                return parameters;
            }
            if (ext.getWriteableName().equals(ML_COMMONS_NAME)) {
                return ofOther(ext);
            }
        }
        return null;
    }

    private static AnswerParameters ofOther(SearchExtBuilder ext) throws IOException {
        XContentBuilder json = XContentFactory.jsonBuilder();
        ext.toXContent(json, ToXContent.EMPTY_PARAMS);
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                NamedXContentRegistry.EMPTY,
                DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
                BytesReference.toBytes(BytesReference.bytes(json)))) {
            return parse(parser, ML_COMMONS_NAME);
        }
    }

    /** Puts these in the place of the parameters that a search has. */
    void replaceIn(SearchSourceBuilder source) {
        List<SearchExtBuilder> exts = new ArrayList<>(source.ext());
        exts.removeIf(
                ext -> ext instanceof AnswerParameters || ext.getWriteableName().equals(ML_COMMONS_NAME));
        exts.add(this);
        source.ext(exts);
    }

    /** The same with a question that stands by itself, so that no earlier messages are needed. */
    AnswerParameters standing(String newQuestion) {
        AnswerParameters copy = new AnswerParameters(NAME);
        copy.question = newQuestion;
        copy.systemPrompt = systemPrompt;
        copy.userInstructions = userInstructions;
        copy.contextSize = contextSize;
        copy.timeout = timeout;
        return copy;
    }

    String question() {
        return question;
    }

    /** What was said before the question, oldest first. */
    List<ChatMessage> messages() {
        return messages;
    }

    /** What the model is told before anything else; null for the processor's. */
    @Nullable
    String systemPrompt() {
        return systemPrompt;
    }

    /** What else it is told; null for the processor's. */
    @Nullable
    String userInstructions() {
        return userInstructions;
    }

    /** How many hits the model reads at most. */
    int contextSize() {
        return contextSize;
    }

    /** Time for the answer; null for the node's default. */
    @Nullable
    TimeValue timeout() {
        return timeout;
    }

    @Override
    public String getWriteableName() {
        return name;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject(name);
        builder.field("question", question);
        if (!messages.isEmpty()) {
            builder.startArray("messages");
            for (ChatMessage message : messages) {
                builder.startObject()
                        .field("role", message.role())
                        .field("content", message.content())
                        .endObject();
            }
            builder.endArray();
        }
        if (systemPrompt != null) {
            builder.field("system_prompt", systemPrompt);
        }
        if (userInstructions != null) {
            builder.field("user_instructions", userInstructions);
        }
        if (contextSize != Integer.MAX_VALUE) {
            builder.field("context_size", contextSize);
        }
        if (timeout != null) {
            builder.field("timeout", timeout.getStringRep());
        }
        return builder.endObject();
    }

    private static int positive(String field, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("[" + field + "] must be at least 1, found " + value);
        }
        return value;
    }

    /** A number is in seconds, as ml-commons has it; a text carries its unit. */
    private static TimeValue timeout(XContentParser parser) throws IOException {
        TimeValue value = parser.currentToken() == XContentParser.Token.VALUE_NUMBER
                ? TimeValue.timeValueSeconds(parser.longValue())
                : TimeValue.parseTimeValue(parser.text(), "timeout");
        if (value.nanos() <= 0) {
            throw new IllegalArgumentException("[timeout] must be greater than 0, found " + value);
        }
        return value;
    }

    /** The reply of a search has a place for one answer. */
    private static void oneAnswer(String scope) {
        if (Scope.of(scope) != Scope.ANSWER) {
            throw new IllegalArgumentException("[scope] of a search pipeline is answer, found [" + scope
                    + "]: ask POST /{index}/_generate, which has the others");
        }
    }

    private static void refuseMemory() {
        throw new IllegalArgumentException(
                "[memory_id] names a conversation that this node does not keep: send the earlier messages in [messages]");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AnswerParameters that
                && name.equals(that.name)
                && question.equals(that.question)
                && messages.equals(that.messages)
                && Objects.equals(systemPrompt, that.systemPrompt)
                && Objects.equals(userInstructions, that.userInstructions)
                && contextSize == that.contextSize
                && Objects.equals(timeout, that.timeout);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, question, messages, systemPrompt, userInstructions, contextSize, timeout);
    }
}
