// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.route.AnswerResult;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.runner.engine.FinishReason;

/**
 * What was generated for a hit: the object {@code generated} beside its {@code _source}. Either answer or failure is there.
 *
 * @param answer what the model wrote
 * @param failure why there is nothing
 * @param rank what moved the hit; null if the hits are in the order of the search
 */
public record HitAnswer(
        @Nullable Answer answer,
        @Nullable Exception failure,
        @Nullable Rank rank) implements Writeable, ToXContentObject {
    /**
     * What moved a hit.
     *
     * @param relevance what the model said of it; null if it failed
     * @param previousScore the score of the search, NaN for none
     */
    record Rank(@Nullable Relevance relevance, float previousScore) implements Writeable {
        Rank(StreamInput in) throws IOException {
            this(in.readOptionalWriteable(Relevance::new), in.readFloat());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeOptionalWriteable(relevance);
            out.writeFloat(previousScore);
        }
    }

    /** Reads what {@link #writeTo} wrote. */
    public HitAnswer(StreamInput in) throws IOException {
        this(in.readOptionalWriteable(Answer::new), in.readException(), in.readOptionalWriteable(Rank::new));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeOptionalWriteable(answer);
        out.writeException(failure);
        out.writeOptionalWriteable(rank);
    }

    /** What became of the task over a hit. */
    static HitAnswer of(AnswerResult result) {
        Answer answer = result.answer();
        if (answer == null) {
            return failed(Objects.requireNonNull(result.failure()));
        }
        if (answer.context().used() == 0) {
            return unreadable();
        }
        boolean late =
                answer.finishReason() == FinishReason.TIMEOUT && answer.usage().completionTokens() == 0;
        return late ? failed(late()) : new HitAnswer(answer, null, null);
    }

    /** For a hit that says nothing to the model. */
    static HitAnswer unreadable() {
        return failed(new IllegalArgumentException(
                "the document has none of [context.fields], or not a sentence of them fits [context.max_tokens]"));
    }

    /** For a hit whose turn did not come in time. */
    private static Exception late() {
        return new OpenSearchStatusException(
                "the timeout passed before the model came to this hit", RestStatus.GATEWAY_TIMEOUT);
    }

    private static HitAnswer failed(Exception failure) {
        return new HitAnswer(null, failure, null);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        if (rank != null) {
            builder.field("previous_score", Float.isNaN(rank.previousScore) ? null : rank.previousScore);
            if (rank.relevance != null) {
                rank.relevance.toXContent(builder, params);
            }
        }
        if (answer != null) {
            if (rank == null) {
                builder.field("text", answer.text());
                builder.field("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
                if (answer.logprobs() != null) {
                    builder.startObject("logprobs")
                            .field("content", answer.logprobs())
                            .endObject();
                }
                builder.field("citations", answer.citations());
            }
            answer.usage().toXContent(builder, params);
        }
        if (failure != null) {
            OpenSearchException.generateFailureXContent(builder, params, failure, true);
            builder.field("status", ExceptionsHelper.status(failure).getStatus());
        }
        return builder.endObject();
    }
}
