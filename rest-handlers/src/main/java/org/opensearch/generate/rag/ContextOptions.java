// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * What of the hits the model gets to read.
 *
 * @param fields paths into {@code _source}, with {@code *} as wildcard, the title first if there is one; empty for all texts
 * @param maxTokens most tokens of all passages together; 0 for as many as fit
 */
public record ContextOptions(List<String> fields, int maxTokens) implements Writeable {
    /** Every text of a hit, as much as fits. */
    public static final ContextOptions DEFAULT = new ContextOptions(List.of(), 0);

    /** Checks ranges. */
    public ContextOptions {
        fields = List.copyOf(fields);
        Ranges.check("context.max_tokens", maxTokens, 0, 1 << 24);
        if (fields.contains("")) {
            throw new IllegalArgumentException("[context.fields] holds an empty name");
        }
    }

    /** Reads what {@link #writeTo} wrote. */
    public ContextOptions(StreamInput in) throws IOException {
        this(in.readStringList(), in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeStringCollection(fields);
        out.writeVInt(maxTokens);
    }
}
