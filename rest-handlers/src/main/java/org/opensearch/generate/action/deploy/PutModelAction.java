// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.clustermanager.TransportClusterManagerNodeAction;
import org.opensearch.cluster.AckedClusterStateUpdateTask;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.block.ClusterBlockException;
import org.opensearch.cluster.block.ClusterBlockLevel;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.UUIDs;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.models.deploy.Deployment;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;
import org.opensearch.generate.models.deploy.Sources;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.ActionNotFoundTransportException;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;

/**
 * Notes in the cluster state that a model is wanted, after a look whether it can be had. The nodes see it there and bring it to
 * themselves.
 */
public final class PutModelAction extends TransportClusterManagerNodeAction<PutModelRequest, PutModelResponse> {
    public static final ActionType<PutModelResponse> TYPE =
            new ActionType<>("cluster:admin/generate/models/put", PutModelResponse::new);
    private final Client client;
    private final Sources sources;

    @Inject
    public PutModelAction(
            TransportService transport,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters filters,
            IndexNameExpressionResolver resolver,
            Client client,
            Sources sources) {
        super(TYPE.name(), transport, clusterService, threadPool, filters, PutModelRequest::new, resolver);
        this.client = client;
        this.sources = sources;
    }

    @Override
    protected String executor() {
        return ThreadPool.Names.GENERIC;
    }

    @Override
    protected PutModelResponse read(StreamInput in) throws IOException {
        return new PutModelResponse(in);
    }

    @Override
    protected ClusterBlockException checkBlock(PutModelRequest request, ClusterState state) {
        return state.blocks().globalBlockedException(ClusterBlockLevel.METADATA_WRITE);
    }

    @Override
    protected void clusterManagerOperation(
            PutModelRequest request, ClusterState state, ActionListener<PutModelResponse> listener) throws IOException {
        deployment(request, DeploymentsMetadata.of(state));
        try {
            sources.check(request.source());
        } catch (NoSuchFileException e) {
            throw new OpenSearchStatusException("{}", RestStatus.NOT_FOUND, (Throwable) null, e.getFile());
        }
        // A node without the plugin could not read the cluster's state any more.
        client.execute(
                GetModelsAction.TYPE,
                new GetModelsRequest(request.id()),
                ActionListener.wrap(
                        nodes -> {
                            nodes.failures().forEach(PutModelAction::requirePlugin);
                            submit(request, listener);
                        },
                        listener::onFailure));
    }

    private static void requirePlugin(FailedNodeException failure) {
        if (ExceptionsHelper.unwrap(failure, ActionNotFoundTransportException.class) != null) {
            throw new OpenSearchStatusException(
                    "node [{}] lacks the plugin opensearch-generate, which every node of the cluster needs before models are"
                            + " deployed",
                    RestStatus.CONFLICT,
                    failure.nodeId());
        }
    }

    private void submit(PutModelRequest request, ActionListener<PutModelResponse> listener) {
        clusterService.submitStateUpdateTask(
                "generate-put-model [" + request.id() + "]",
                new AckedClusterStateUpdateTask<PutModelResponse>(request, listener) {
                    private volatile Deployment put = deployment(request, DeploymentsMetadata.NONE);

                    @Override
                    public ClusterState execute(ClusterState state) {
                        DeploymentsMetadata before = DeploymentsMetadata.of(state);
                        DeploymentsMetadata after =
                                before.with(deployment(request, before)).assigned(state.nodes(), Set.of());
                        put = after.require(request.id());
                        return after.in(state);
                    }

                    @Override
                    protected PutModelResponse newResponse(boolean acknowledged) {
                        return new PutModelResponse(acknowledged, put);
                    }
                });
    }

    /** The deployment asked for; the same again where it is there, with the nodes now wanted. */
    private static Deployment deployment(PutModelRequest request, DeploymentsMetadata deployments) {
        Deployment before = deployments.get(request.id());
        if (before == null) {
            return Deployment.of(request.id(), UUIDs.randomBase64UUID(), request.source(), request.nodes());
        }
        if (!before.source().equals(request.source())) {
            throw new OpenSearchStatusException(
                    "model [{}] is deployed from another source, {}; DELETE it first, or take another id",
                    RestStatus.CONFLICT,
                    request.id(),
                    before.source());
        }
        return before.again(request.nodes());
    }
}
