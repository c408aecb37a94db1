// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.multi;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.GenerateResponse;

/** Answers and failures, in the order of the questions. */
public final class MultiGenerateResponse extends ActionResponse implements ToXContentObject {
    private final long tookMillis;
    private final List<Item> items;

    /** One of the two is there. */
    record Item(
            @Nullable GenerateResponse response, @Nullable Exception failure) implements Writeable {
        Item(StreamInput in) throws IOException {
            this(in.readOptionalWriteable(GenerateResponse::new), in.readException());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeOptionalWriteable(response);
            out.writeException(failure);
        }
    }

    MultiGenerateResponse(long tookMillis, List<Item> items) {
        this.tookMillis = tookMillis;
        this.items = List.copyOf(items);
    }

    /** Reads what {@link #writeTo} wrote. */
    public MultiGenerateResponse(StreamInput in) throws IOException {
        super(in);
        tookMillis = in.readVLong();
        items = in.readList(Item::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeVLong(tookMillis);
        out.writeList(items);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject().field("took", tookMillis).startArray("responses");
        for (Item item : items) {
            builder.startObject();
            if (item.response() != null) {
                item.response().fields(builder, params);
                builder.field("status", item.response().status().getStatus());
            } else if (item.failure() != null) {
                OpenSearchException.generateFailureXContent(builder, params, item.failure(), true);
                builder.field("status", ExceptionsHelper.status(item.failure()).getStatus());
            }
            builder.endObject();
        }
        return builder.endArray().endObject();
    }
}
