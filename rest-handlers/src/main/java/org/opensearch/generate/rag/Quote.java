// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * A quotation of an answer, and where it stands in a document.
 *
 * @param text what stands between the quotation marks
 * @param index the document's index
 * @param id the document's id
 * @param field path of the text in {@code _source}
 * @param start offset of the quotation in that text, in UTF-16 units
 * @param end offset after its last unit
 */
public record Quote(String text, String index, String id, String field, int start, int end)
        implements Writeable, ToXContentObject {
    /** Reads what {@link #writeTo} wrote. */
    public Quote(StreamInput in) throws IOException {
        this(in.readString(), in.readString(), in.readString(), in.readString(), in.readVInt(), in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(text);
        out.writeString(index);
        out.writeString(id);
        out.writeString(field);
        out.writeVInt(start);
        out.writeVInt(end);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("text", text);
        builder.field("_index", index);
        builder.field("_id", id);
        builder.field("field", field);
        builder.field("start", start);
        builder.field("end", end);
        return builder.endObject();
    }

    /** The quotations of an answer, as far as they are closed, each at the first place of the passages where it stands. */
    static List<Quote> in(String answer, List<Passage> passages) {
        List<Quote> quotes = new ArrayList<>();
        int at = 0;
        while (at < answer.length()) {
            char open = answer.charAt(at++);
            char close = open == '"' ? '"' : open == '\u201C' ? '\u201D' : 0;
            int end = close == 0 ? -1 : answer.indexOf(close, at);
            if (end > at) {
                add(quotes, answer.substring(at, end), passages);
                at = end + 1;
            }
        }
        return List.copyOf(quotes);
    }

    private static void add(List<Quote> quotes, String text, List<Passage> passages) {
        for (Passage passage : passages) {
            for (Passage.Part part : passage.parts()) {
                int start = part.text().indexOf(text);
                if (start >= 0) {
                    quotes.add(
                            new Quote(text, passage.index(), passage.id(), part.field(), start, start + text.length()));
                    return;
                }
            }
        }
    }
}
