// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Collects the models of all nodes, and what the cluster wants of them. */
public final class GetModelsAction
        extends TransportNodesAction<GetModelsRequest, GetModelsResponse, GetModelsAction.NodeRequest, NodeModels> {
    public static final ActionType<GetModelsResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/models/get", GetModelsResponse::new);
    private final Models models;

    @Inject
    public GetModelsAction(
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
                GetModelsRequest::new,
                NodeRequest::new,
                Pools.ANSWER,
                NodeModels.class);
        this.models = models;
    }

    /** Asks one node. */
    public static final class NodeRequest extends TransportRequest {
        private final @Nullable String id;

        NodeRequest(@Nullable String id) {
            this.id = id;
        }

        /** Reads what {@link #writeTo} wrote. */
        public NodeRequest(StreamInput in) throws IOException {
            super(in);
            id = in.readOptionalString();
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            super.writeTo(out);
            out.writeOptionalString(id);
        }
    }

    @Override
    protected GetModelsResponse newResponse(
            GetModelsRequest request, List<NodeModels> nodes, List<FailedNodeException> failures) {
        return new GetModelsResponse(
                clusterService.getClusterName(), nodes, failures, DeploymentsMetadata.of(clusterService.state()));
    }

    @Override
    protected NodeRequest newNodeRequest(GetModelsRequest request) {
        return new NodeRequest(request.id());
    }

    @Override
    protected NodeModels newNodeResponse(StreamInput in) throws IOException {
        return new NodeModels(in);
    }

    @Override
    protected NodeModels nodeOperation(NodeRequest request) {
        List<ModelInfo> found = models.list().stream()
                .filter(model -> request.id == null || request.id.equals(model.id()))
                .toList();
        return new NodeModels(clusterService.localNode(), found);
    }
}
