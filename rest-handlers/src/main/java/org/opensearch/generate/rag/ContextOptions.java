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
 * @param neighbors how many objects before and behind each that a nested query matched are read with it
 */
public record ContextOptions(List<String> fields, int maxTokens, int neighbors) implements Writeable {
    /** Neighbours that are read where the request leaves it open. */
    public static final int DEFAULT_NEIGHBORS = 1;

    /** Every text of a hit, as much as fits. */
    public static final ContextOptions DEFAULT = new ContextOptions(List.of(), 0);

    /** Checks ranges. */
    public ContextOptions {
        fields = List.copyOf(fields);
        Ranges.check("context.max_tokens", maxTokens, 0, 1 << 24);
        Ranges.check("context.neighbors", neighbors, 0, 100);
        if (fields.contains("")) {
            throw new IllegalArgumentException("[context.fields] holds an empty name");
        }
    }

    /** The same with the usual number of neighbours. */
    public ContextOptions(List<String> fields, int maxTokens) {
        this(fields, maxTokens, DEFAULT_NEIGHBORS);
    }

    /** Reads what {@link #writeTo} wrote. */
    public ContextOptions(StreamInput in) throws IOException {
        this(in.readStringList(), in.readVInt(), in.readVInt());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeStringCollection(fields);
        out.writeVInt(maxTokens);
        out.writeVInt(neighbors);
    }
}
