// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * A checked citation: the place in a document that supports a sentence of the answer.
 *
 * @param marker the number in the answer's {@code [n]}
 * @param index the document's index
 * @param id the document's id
 * @param field path of the text in {@code _source}
 * @param start offset of the supporting span in that text, in UTF-16 units
 * @param end offset after its last unit
 */
public record Citation(int marker, String index, String id, String field, int start, int end)
        implements Writeable, ToXContentObject {
    /** Reads what {@link #writeTo} wrote. */
    public Citation(StreamInput in) throws IOException {
        this(in.readVInt(), in.readString(), in.readString(), in.readString(), in.readVInt(), in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeVInt(marker);
        out.writeString(index);
        out.writeString(id);
        out.writeString(field);
        out.writeVInt(start);
        out.writeVInt(end);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("marker", marker);
        builder.field("_index", index);
        builder.field("_id", id);
        builder.field("field", field);
        builder.field("start", start);
        builder.field("end", end);
        return builder.endObject();
    }
}
