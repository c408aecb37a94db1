// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.indices.breaker.CircuitBreakerStats;
import org.opensearch.core.xcontent.ToXContent.Params;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/** Statistics of one node: its circuit breaker for models, and for each model what {@link ModelStats} says. */
public final class NodeStats extends BaseNodeResponse implements ToXContentObject {
    private final CircuitBreakerStats breaker;
    private final Map<String, Object> models;

    NodeStats(DiscoveryNode node, CircuitBreakerStats breaker, Map<String, Object> models) {
        super(node);
        this.breaker = breaker;
        this.models = models;
    }

    /** Reads what {@link #writeTo} wrote. */
    public NodeStats(StreamInput in) throws IOException {
        super(in);
        breaker = new CircuitBreakerStats(in);
        models = in.readMap();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        breaker.writeTo(out);
        out.writeMap(models);
    }

    /** The memory outside the heap that its models take. */
    public CircuitBreakerStats breaker() {
        return breaker;
    }

    /** By model id. */
    public Map<String, Object> models() {
        return models;
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        builder.field("name", getNode().getName());
        builder.startObject("breaker");
        builder.field("limit_size_in_bytes", breaker.getLimit());
        builder.field("estimated_size_in_bytes", breaker.getEstimated());
        builder.field("tripped", breaker.getTrippedCount());
        builder.endObject();
        builder.field("models", models);
        return builder.endObject();
    }
}
