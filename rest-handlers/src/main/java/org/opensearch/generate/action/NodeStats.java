// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Statistics of one node: for each loaded model, what {@link ModelStats} says. */
public final class NodeStats extends BaseNodeResponse {
    private final Map<String, Object> models;

    NodeStats(DiscoveryNode node, Map<String, Object> models) {
        super(node);
        this.models = models;
    }

    /** Reads what {@link #writeTo} wrote. */
    public NodeStats(StreamInput in) throws IOException {
        super(in);
        models = in.readMap();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeMap(models);
    }

    /** By model id. */
    public Map<String, Object> models() {
        return models;
    }
}
