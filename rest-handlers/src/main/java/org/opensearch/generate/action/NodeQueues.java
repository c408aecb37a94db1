// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContent.Params;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/** For each model that a node has loaded, who has requests that run and wait. */
public final class NodeQueues extends BaseNodeResponse implements ToXContentObject {
    private final Map<String, Object> models;

    NodeQueues(DiscoveryNode node, Map<String, Object> models) {
        super(node);
        this.models = models;
    }

    /** Reads what {@link #writeTo} wrote. */
    public NodeQueues(StreamInput in) throws IOException {
        super(in);
        models = in.readMap();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeMap(models);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("name", getNode().getName());
        builder.field("models", models);
        return builder.endObject();
    }
}
