// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.Models;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Collects the statistics of all nodes asked. */
public final class TransportStatsAction
        extends TransportNodesAction<StatsRequest, StatsResponse, TransportStatsAction.NodeRequest, NodeStats> {
    public static final ActionType<StatsResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/stats", StatsResponse::new);
    private final Models models;

    @Inject
    public TransportStatsAction(
            ThreadPool threadPool,
            ClusterService clusterService,
            TransportService transport,
            ActionFilters filters,
            Models models) {
        super(
                TYPE.name(),
                threadPool,
                clusterService,
                transport,
                filters,
                StatsRequest::new,
                NodeRequest::new,
                Pools.ANSWER,
                NodeStats.class);
        this.models = models;
    }

    /** Asks one node. */
    public static final class NodeRequest extends TransportRequest {
        NodeRequest() {}

        /** Reads what {@code writeTo} wrote. */
        public NodeRequest(StreamInput in) throws IOException {
            super(in);
        }
    }

    @Override
    protected StatsResponse newResponse(
            StatsRequest request, List<NodeStats> nodes, List<FailedNodeException> failures) {
        return new StatsResponse(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(StatsRequest request) {
        return new NodeRequest();
    }

    @Override
    protected NodeStats newNodeResponse(StreamInput in) throws IOException {
        return new NodeStats(in);
    }

    @Override
    protected NodeStats nodeOperation(NodeRequest request) {
        Map<String, Object> stats = new LinkedHashMap<>();
        for (LoadedModel loaded : models.acquireLoaded()) {
            try {
                stats.put(loaded.id(), ModelStats.of(loaded.model()));
            } finally {
                loaded.decRef();
            }
        }
        return new NodeStats(clusterService.localNode(), stats);
    }
}
