// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.HashMap;
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
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Collects the statistics of all nodes asked. */
public final class TransportStatsAction
        extends TransportNodesAction<StatsRequest, StatsResponse, TransportStatsAction.NodeRequest, NodeStats> {
    public static final ActionType<StatsResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/stats", StatsResponse::new);
    /** The circuit breaker of {@code _nodes/stats/breaker} on which models' memory is counted. */
    public static final String BREAKER = "generate";

    private final Models models;
    private final CircuitBreakerService breakers;

    @Inject
    public TransportStatsAction(
            ThreadPool threadPool,
            ClusterService clusterService,
            TransportService transport,
            ActionFilters filters,
            Models models,
            CircuitBreakerService breakers) {
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
        this.breakers = breakers;
    }

    /** Asks one node. */
    public static final class NodeRequest extends TransportRequest {
        private final List<String> models;

        NodeRequest(List<String> models) {
            this.models = models;
        }

        /** Reads what {@link #writeTo} wrote. */
        public NodeRequest(StreamInput in) throws IOException {
            super(in);
            models = in.readStringList();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeStringCollection(models);
        }
    }

    @Override
    protected StatsResponse newResponse(
            StatsRequest request, List<NodeStats> nodes, List<FailedNodeException> failures) {
        return new StatsResponse(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(StatsRequest request) {
        return new NodeRequest(request.models());
    }

    @Override
    protected NodeStats newNodeResponse(StreamInput in) throws IOException {
        return new NodeStats(in);
    }

    @Override
    protected NodeStats nodeOperation(NodeRequest request) {
        Map<String, LoadedModel> loaded = new HashMap<>();
        models.acquireLoaded().forEach(model -> loaded.put(model.id(), model));
        try {
            Map<String, Object> stats = new LinkedHashMap<>();
            for (ModelInfo info : models.list()) {
                if (StatsRequest.wants(request.models, info.id())) {
                    LoadedModel model = loaded.get(info.id());
                    stats.put(info.id(), ModelStats.of(info, model == null ? null : model.model()));
                }
            }
            return new NodeStats(clusterService.localNode(), breakers.stats(BREAKER), stats);
        } finally {
            loaded.values().forEach(LoadedModel::decRef);
        }
    }
}
