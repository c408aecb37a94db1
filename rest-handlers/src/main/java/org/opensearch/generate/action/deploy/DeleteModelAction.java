// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.action.support.clustermanager.TransportClusterManagerNodeAction;
import org.opensearch.cluster.AckedClusterStateUpdateTask;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.block.ClusterBlockException;
import org.opensearch.cluster.block.ClusterBlockLevel;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.models.deploy.Deployment;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/** Removes a deployment from the cluster state. The nodes see it and remove what they have of it, also those that come back later. */
public final class DeleteModelAction
        extends TransportClusterManagerNodeAction<DeleteModelRequest, AcknowledgedResponse> {
    public static final ActionType<AcknowledgedResponse> TYPE =
            new ActionType<>("cluster:admin/generate/models/delete", AcknowledgedResponse::new);

    @Inject
    public DeleteModelAction(
            TransportService transport,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters filters,
            IndexNameExpressionResolver resolver) {
        super(TYPE.name(), transport, clusterService, threadPool, filters, DeleteModelRequest::new, resolver);
    }

    @Override
    protected String executor() {
        return ThreadPool.Names.SAME;
    }

    @Override
    protected AcknowledgedResponse read(StreamInput in) throws IOException {
        return new AcknowledgedResponse(in);
    }

    @Override
    protected ClusterBlockException checkBlock(DeleteModelRequest request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }

    @Override
    protected void clusterManagerOperation(
            DeleteModelRequest request, ClusterState state, ActionListener<AcknowledgedResponse> listener) {
        clusterService.submitStateUpdateTask(
                "generate-delete-model [" + request.id() + "]",
                new AckedClusterStateUpdateTask<AcknowledgedResponse>(request, listener) {
                    @Override
                    public ClusterState execute(ClusterState current) {
                        DeploymentsMetadata deployments = DeploymentsMetadata.of(current);
                        Deployment found = deployments.get(request.id());
                        if (found == null
                                || (request.uuid() != null && !found.uuid().equals(request.uuid()))) {
                            throw new OpenSearchStatusException(
                                    "no model [{}] is deployed; models that were put into a node's model folder are removed"
                                            + " there",
                                    RestStatus.NOT_FOUND,
                                    request.id());
                        }
                        return deployments.without(request.id()).in(current);
                    }

                    @Override
                    protected AcknowledgedResponse newResponse(boolean acknowledged) {
                        return new AcknowledgedResponse(acknowledged);
                    }
                });
    }
}
