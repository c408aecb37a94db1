// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.generate.action.StatsRequest;
import org.opensearch.generate.action.TransportQueueAction;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/queue} and {@code GET /_plugins/_generate/queue/{nodeId}}. */
public final class RestQueueHandler extends BaseRestHandler {
    private static final String QUEUE = "/_plugins/_generate/queue";

    @Override
    public String getName() {
        return "generate_queue";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, QUEUE), new Route(RestRequest.Method.GET, QUEUE + "/{nodeId}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        StatsRequest nodes = new StatsRequest(Strings.splitStringByCommaToArray(request.param("nodeId")));
        return channel -> client.execute(TransportQueueAction.TYPE, nodes, new NodesResponseRestListener<>(channel));
    }
}
