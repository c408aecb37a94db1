// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.models.ModelInfo;

/** The models of one node. */
public final class NodeModels extends BaseNodeResponse {
    private final List<ModelInfo> models;

    NodeModels(DiscoveryNode node, List<ModelInfo> models) {
        super(node);
        this.models = List.copyOf(models);
    }

    /** Reads what {@link #writeTo} wrote. */
    public NodeModels(StreamInput in) throws IOException {
        super(in);
        models = in.readList(ModelInfo::new);
    }

    /** By id. */
    public List<ModelInfo> models() {
        return models;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeList(models);
    }
}
