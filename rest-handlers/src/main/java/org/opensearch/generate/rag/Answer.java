// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.UUIDs;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.runner.engine.FinishReason;

/**
 * A finished answer: the {@code generation} of a reply.
 *
 * @param id names this answer
 * @param model id of the model
 * @param text the answer with checked markers
 * @param finishReason why it ended
 * @param logprobs tokens with log-probabilities, null if not asked for
 * @param usage tokens
 * @param citations where the markers lead
 * @param quotes where the quotations stand, null if they are not bound to the documents
 * @param context what the model was shown
 * @param timings how long it took
 */
public record Answer(
        String id,
        String model,
        String text,
        FinishReason finishReason,
        @Nullable List<TokenLogprob> logprobs,
        Usage usage,
        List<Citation> citations,
        @Nullable List<Quote> quotes,
        Context context,
        Timings timings)
        implements Writeable, ToXContentObject {

    /**
     * Tokens of an answer.
     *
     * @param promptTokens tokens of the prompt
     * @param completionTokens tokens of the answer
     * @param cachedTokens tokens of the prompt that were computed before
     * @param acceptedTokens tokens of the answer that were drafted
     * @param rejectedTokens drafted tokens that are not in it
     */
    public record Usage(
            int promptTokens, int completionTokens, int cachedTokens, int acceptedTokens, int rejectedTokens)
            implements ToXContentFragment {
        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject("usage");
            builder.field("prompt_tokens", promptTokens);
            builder.field("completion_tokens", completionTokens);
            builder.field("total_tokens", promptTokens + completionTokens);
            builder.startObject("prompt_tokens_details")
                    .field("cached_tokens", cachedTokens)
                    .endObject();
            builder.startObject("completion_tokens_details")
                    .field("accepted_prediction_tokens", acceptedTokens)
                    .field("rejected_prediction_tokens", rejectedTokens)
                    .endObject();
            return builder.endObject();
        }
    }

    /**
     * What the model was shown, and how its citations fared.
     *
     * @param used documents in the prompt
     * @param dropped documents that did not fit
     * @param skipped hits without texts
     * @param tokens tokens of the passages
     * @param citationsRemoved markers taken out of the answer
     * @param citationsAdded markers put in
     */
    public record Context(int used, int dropped, int skipped, int tokens, int citationsRemoved, int citationsAdded)
            implements ToXContentFragment {
        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject("context");
            builder.field("used", used);
            builder.field("dropped", dropped);
            builder.field("skipped", skipped);
            builder.field("tokens", tokens);
            builder.field("citations_removed", citationsRemoved);
            builder.field("citations_added", citationsAdded);
            return builder.endObject();
        }
    }

    /** How long the parts of a request took. */
    public record Timings(
            double retrieveMillis,
            double queueMillis,
            double prefillMillis,
            double firstTokenMillis,
            double decodeTokensPerSecond)
            implements ToXContentFragment {
        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject("timings");
            builder.field("retrieve_ms", rounded(retrieveMillis));
            builder.field("queue_ms", rounded(queueMillis));
            builder.field("prefill_ms", rounded(prefillMillis));
            builder.field("ttft_ms", rounded(firstTokenMillis));
            builder.field("decode_tokens_per_second", rounded(decodeTokensPerSecond));
            return builder.endObject();
        }
    }

    /** An answer whose quotations are its own. */
    public Answer(
            String id,
            String model,
            String text,
            FinishReason finishReason,
            @Nullable List<TokenLogprob> logprobs,
            Usage usage,
            List<Citation> citations,
            Context context,
            Timings timings) {
        this(id, model, text, finishReason, logprobs, usage, citations, null, context, timings);
    }

    /** An id for an answer. */
    public static String newId() {
        return "gen-" + UUIDs.base64UUID();
    }

    /** Reads what {@link #writeTo} wrote. */
    public Answer(StreamInput in) throws IOException {
        this(
                in.readString(),
                in.readString(),
                in.readString(),
                in.readEnum(FinishReason.class),
                in.readBoolean() ? in.readList(TokenLogprob::new) : null,
                new Usage(in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt()),
                in.readList(Citation::new),
                in.readBoolean() ? in.readList(Quote::new) : null,
                new Context(in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt(), in.readVInt()),
                new Timings(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble()));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeString(model);
        out.writeString(text);
        out.writeEnum(finishReason);
        out.writeBoolean(logprobs != null);
        if (logprobs != null) {
            out.writeList(logprobs);
        }
        out.writeVInt(usage.promptTokens);
        out.writeVInt(usage.completionTokens);
        out.writeVInt(usage.cachedTokens);
        out.writeVInt(usage.acceptedTokens);
        out.writeVInt(usage.rejectedTokens);
        out.writeList(citations);
        out.writeBoolean(quotes != null);
        if (quotes != null) {
            out.writeList(quotes);
        }
        out.writeVInt(context.used);
        out.writeVInt(context.dropped);
        out.writeVInt(context.skipped);
        out.writeVInt(context.tokens);
        out.writeVInt(context.citationsRemoved);
        out.writeVInt(context.citationsAdded);
        out.writeDouble(timings.retrieveMillis);
        out.writeDouble(timings.queueMillis);
        out.writeDouble(timings.prefillMillis);
        out.writeDouble(timings.firstTokenMillis);
        out.writeDouble(timings.decodeTokensPerSecond);
    }

    /** The same answer under another id. */
    public Answer withId(String other) {
        return new Answer(other, model, text, finishReason, logprobs, usage, citations, quotes, context, timings);
    }

    /** The same answer with other places of its citations. */
    public Answer withCitations(List<Citation> others) {
        return new Answer(id, model, text, finishReason, logprobs, usage, others, quotes, context, timings);
    }

    /** The same answer with the time that retrieval took. */
    public Answer withRetrieveMillis(double millis) {
        Timings all = new Timings(
                millis,
                timings.queueMillis,
                timings.prefillMillis,
                timings.firstTokenMillis,
                timings.decodeTokensPerSecond);
        return new Answer(id, model, text, finishReason, logprobs, usage, citations, quotes, context, all);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        fields(builder, params);
        return builder.endObject();
    }

    /** The fields of its object. */
    public void fields(XContentBuilder builder, Params params) throws IOException {
        builder.field("id", id);
        builder.field("model", model);
        builder.startArray("choices").startObject();
        builder.field("index", 0);
        builder.startObject("message");
        builder.field("role", "assistant");
        builder.field("content", text);
        builder.endObject();
        builder.field("finish_reason", finishReason.name().toLowerCase(Locale.ROOT));
        if (logprobs != null) {
            builder.startObject("logprobs").field("content", logprobs).endObject();
        }
        builder.endObject().endArray();
        usage.toXContent(builder, params);
        builder.field("citations", citations);
        if (quotes != null) {
            builder.field("quotes", quotes);
        }
        context.toXContent(builder, params);
        timings.toXContent(builder, params);
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
