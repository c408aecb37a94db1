// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.generate.action.ListModelsAction;
import org.opensearch.generate.action.ModelsRequest;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/models}. */
public final class RestModelsHandler extends BaseRestHandler {
    @Override
    public String getName() {
        return "generate_models";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/_plugins/_generate/models"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel -> client.execute(
                ListModelsAction.TYPE, new ModelsRequest((String) null), new RestToXContentListener<>(channel));
    }
}
