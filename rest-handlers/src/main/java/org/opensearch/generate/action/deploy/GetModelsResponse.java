// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;

/** The models of all nodes, and what the cluster wants. */
public final class GetModelsResponse extends BaseNodesResponse<NodeModels> {
    private final DeploymentsMetadata deployments;

    GetModelsResponse(
            ClusterName cluster,
            List<NodeModels> nodes,
            List<FailedNodeException> failures,
            DeploymentsMetadata deployments) {
        super(cluster, nodes, failures);
        this.deployments = deployments;
    }

    /** Reads what {@code writeTo} wrote. */
    public GetModelsResponse(StreamInput in) throws IOException {
        super(in);
        deployments = new DeploymentsMetadata(in);
    }

    /** What the cluster wants. */
    public DeploymentsMetadata deployments() {
        return deployments;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        deployments.writeTo(out);
    }

    @Override
    protected List<NodeModels> readNodesFrom(StreamInput in) throws IOException {
        return in.readList(NodeModels::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeModels> nodes) throws IOException {
        out.writeList(nodes);
    }
}
