// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;

/** Queues of nodes. */
public final class QueueResponse extends BaseNodesResponse<NodeQueues> implements ToXContentFragment {
    QueueResponse(ClusterName cluster, List<NodeQueues> nodes, List<FailedNodeException> failures) {
        super(cluster, nodes, failures);
    }

    /** Reads what {@code writeTo} wrote. */
    public QueueResponse(StreamInput in) throws IOException {
        super(in);
    }

    @Override
    protected List<NodeQueues> readNodesFrom(StreamInput in) throws IOException {
        return in.readList(NodeQueues::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeQueues> nodes) throws IOException {
        out.writeList(nodes);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject("nodes");
        for (NodeQueues node : getNodes()) {
            builder.field(node.getNode().getId(), node);
        }
        return builder.endObject();
    }
}
