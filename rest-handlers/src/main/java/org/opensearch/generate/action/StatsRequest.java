// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.common.regex.Regex;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Asks nodes for their statistics. */
public final class StatsRequest extends BaseNodesRequest<StatsRequest> {
    private final List<String> models;

    /**
     * @param nodes ids, names or filters; none for all
     * @param models ids, with {@code *} as wildcard; none for all
     */
    public StatsRequest(String[] nodes, String... models) {
        super(nodes);
        this.models = List.of(models);
    }

    /** Reads what {@link #writeTo} wrote. */
    public StatsRequest(StreamInput in) throws IOException {
        super(in);
        models = in.readStringList();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeStringCollection(models);
    }

    /** Ids of the models, with {@code *} as wildcard; empty for all. */
    List<String> models() {
        return models;
    }

    /** Whether a model is one of those. */
    static boolean wants(List<String> models, String id) {
        return models.isEmpty() || models.stream().anyMatch(pattern -> Regex.simpleMatch(pattern, id));
    }
}
