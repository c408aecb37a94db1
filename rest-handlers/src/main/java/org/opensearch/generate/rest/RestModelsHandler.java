// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.generate.action.LoadModelAction;
import org.opensearch.generate.action.ModelsRequest;
import org.opensearch.generate.action.ModelsResponse;
import org.opensearch.generate.action.UnloadModelAction;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_plugins/_generate/models/{id}/_load} and {@code _unload}. */
public final class RestModelsHandler extends BaseRestHandler {
    private static final String MODELS = "/_plugins/_generate/models";

    @Override
    public String getName() {
        return "generate_models";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.POST, MODELS + "/{id}/_load"),
                new Route(RestRequest.Method.POST, MODELS + "/{id}/_unload"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        ModelsRequest models = new ModelsRequest(request.param("id"));
        ActionType<ModelsResponse> action =
                request.path().endsWith("/_load") ? LoadModelAction.TYPE : UnloadModelAction.TYPE;
        return channel -> client.execute(action, models, new RestToXContentListener<>(channel));
    }
}
