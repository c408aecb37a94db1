// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.rag.Answer;

/**
 * What the hits of one shard say to a question, before the answer over all shards. Either answer or failure is there.
 *
 * @param index the shard's index
 * @param shard its number
 * @param hits how many hits it has
 * @param answer what the model wrote over them; the sentences that it cites go on
 * @param failure why there is nothing
 */
public record ShardAnswer(
        String index,
        int shard,
        int hits,
        @Nullable Answer answer,
        @Nullable Exception failure) implements Writeable, ToXContentObject {
    /** Reads what {@link #writeTo} wrote. */
    public ShardAnswer(StreamInput in) throws IOException {
        this(in.readString(), in.readVInt(), in.readVInt(), in.readOptionalWriteable(Answer::new), in.readException());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(index);
        out.writeVInt(shard);
        out.writeVInt(hits);
        out.writeOptionalWriteable(answer);
        out.writeException(failure);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("index", index);
        builder.field("shard", shard);
        builder.field("hits", hits);
        if (answer != null) {
            builder.field("text", answer.text());
            builder.field("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
            builder.field("citations", answer.citations());
            answer.usage().toXContent(builder, params);
        }
        if (failure != null) {
            OpenSearchException.generateFailureXContent(builder, params, failure, true);
            builder.field("status", ExceptionsHelper.status(failure).getStatus());
        }
        return builder.endObject();
    }
}
