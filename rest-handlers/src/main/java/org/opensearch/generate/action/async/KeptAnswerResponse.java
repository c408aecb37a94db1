// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.rag.Citation;

/** What there is of a kept answer. */
public final class KeptAnswerResponse extends ActionResponse implements ToXContentObject {
    private final String id;
    private final String text;
    private final int next;
    private final List<Citation> citations;
    private final @Nullable GenerateResponse response;
    private final @Nullable Exception failure;

    /**
     * @param text what was written after the place that was asked for
     * @param next the place to ask for next
     * @param citations all that are confirmed
     * @param response the whole reply, if the answer is whole
     * @param failure why there is none
     */
    KeptAnswerResponse(
            String id,
            String text,
            int next,
            List<Citation> citations,
            @Nullable GenerateResponse response,
            @Nullable Exception failure) {
        this.id = id;
        this.text = text;
        this.next = next;
        this.citations = citations;
        this.response = response;
        this.failure = failure;
    }

    /** Reads what {@link #writeTo} wrote. */
    public KeptAnswerResponse(StreamInput in) throws IOException {
        super(in);
        id = in.readString();
        text = in.readString();
        next = in.readVInt();
        citations = in.readList(Citation::new);
        response = in.readOptionalWriteable(GenerateResponse::new);
        failure = in.readException();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeString(text);
        out.writeVInt(next);
        out.writeList(citations);
        out.writeOptionalWriteable(response);
        out.writeException(failure);
    }

    /** {@code running}, {@code done} or {@code failed}. */
    String state() {
        return response != null ? "done" : failure != null ? "failed" : "running";
    }

    /** What was written after the place that was asked for. */
    String text() {
        return text;
    }

    /** The place to ask for next. */
    int next() {
        return next;
    }

    /** Its id. */
    String id() {
        return id;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("id", id);
        builder.field("state", state());
        builder.field("text", text);
        builder.field("next", next);
        builder.field("citations", citations);
        if (response != null) {
            builder.field("response", response);
        }
        if (failure != null) {
            OpenSearchException.generateFailureXContent(builder, params, failure, true);
            builder.field("status", ExceptionsHelper.status(failure).getStatus());
        }
        return builder.endObject();
    }
}
