// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.deploy.DeleteModelAction;
import org.opensearch.generate.action.deploy.DeleteModelRequest;
import org.opensearch.generate.action.deploy.DeployModelAction;
import org.opensearch.generate.action.deploy.DeployModelRequest;
import org.opensearch.generate.action.deploy.GetModelsAction;
import org.opensearch.generate.action.deploy.GetModelsRequest;
import org.opensearch.generate.action.deploy.GetModelsResponse;
import org.opensearch.generate.action.deploy.PutModelAction;
import org.opensearch.generate.action.deploy.PutModelRequest;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/models}, and {@code GET}, {@code PUT} and {@code DELETE /_plugins/_generate/models/{id}}. */
public final class RestDeploymentsHandler extends BaseRestHandler {
    private static final String MODELS = "/_plugins/_generate/models";
    private static final String MODEL = MODELS + "/{id}";

    /** The nodes log what fails; whoever watches the task sees how it ends. */
    private static final ActionListener<GetModelsResponse> UNWATCHED = ActionListener.wrap(() -> {});

    @Override
    public String getName() {
        return "generate_deployments";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, MODELS),
                new Route(RestRequest.Method.GET, MODEL),
                new Route(RestRequest.Method.PUT, MODEL),
                new Route(RestRequest.Method.DELETE, MODEL));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String id = request.param("id");
        return switch (request.method()) {
            case PUT -> put(request, id, client);
            case DELETE -> delete(request, id, client);
            default ->
                channel -> client.execute(
                        GetModelsAction.TYPE,
                        new GetModelsRequest(id),
                        models(new RestToXContentListener<>(channel), id, client.getLocalNodeId()));
        };
    }

    private static RestChannelConsumer put(RestRequest request, String id, NodeClient client) throws IOException {
        PutModelRequest put;
        try (XContentParser parser = request.contentParser()) {
            DeploymentBody body = DeploymentBody.parse(parser);
            put = new PutModelRequest(id, body.source(), body.nodes());
        }
        put.timeout(request.paramAsTime("timeout", put.timeout()));
        put.clusterManagerNodeTimeout(request.paramAsTime("cluster_manager_timeout", put.clusterManagerNodeTimeout()));
        boolean wait = request.paramAsBoolean("wait_for_completion", false);
        return channel -> {
            RestToXContentListener<ToXContentObject> reply = new RestToXContentListener<>(channel);
            client.execute(
                    PutModelAction.TYPE,
                    put,
                    ActionListener.wrap(
                            response -> {
                                DeployModelRequest watched = new DeployModelRequest(response.deployment());
                                if (wait) {
                                    client.execute(
                                            DeployModelAction.TYPE,
                                            watched,
                                            models(reply, id, client.getLocalNodeId()));
                                } else {
                                    Task task = client.executeLocally(DeployModelAction.TYPE, watched, UNWATCHED);
                                    String name = new TaskId(client.getLocalNodeId(), task.getId()).toString();
                                    reply.onResponse((builder, params) -> builder.startObject()
                                            .field("acknowledged", response.isAcknowledged())
                                            .field("task", name)
                                            .endObject());
                                }
                            },
                            reply::onFailure));
        };
    }

    /** Shows all models, or one. */
    private static ActionListener<GetModelsResponse> models(
            ActionListener<ToXContentObject> reply, @Nullable String id, String localNode) {
        return ActionListener.map(Errors.mapping(reply), response -> {
            ModelsReply all = new ModelsReply(response, localNode);
            return id == null ? all : all.only(id);
        });
    }

    private static RestChannelConsumer delete(RestRequest request, String id, NodeClient client) {
        DeleteModelRequest delete = new DeleteModelRequest(id, null);
        delete.timeout(request.paramAsTime("timeout", delete.timeout()));
        delete.clusterManagerNodeTimeout(
                request.paramAsTime("cluster_manager_timeout", delete.clusterManagerNodeTimeout()));
        return channel -> client.execute(DeleteModelAction.TYPE, delete, new RestToXContentListener<>(channel));
    }
}
