// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.core.common.Strings;
import org.opensearch.generate.action.StatsRequest;
import org.opensearch.generate.action.TransportStatsAction;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestActions.NodesResponseRestListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/stats} and {@code GET /_plugins/_generate/stats/{nodeId}}, both with {@code ?model=}. */
public final class RestStatsHandler extends BaseRestHandler {
    private static final String STATS = "/_plugins/_generate/stats";

    @Override
    public String getName() {
        return "generate_stats";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, STATS), new Route(RestRequest.Method.GET, STATS + "/{nodeId}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        StatsRequest stats = new StatsRequest(
                Strings.splitStringByCommaToArray(request.param("nodeId")),
                Strings.splitStringByCommaToArray(request.param("model")));
        return channel -> client.execute(TransportStatsAction.TYPE, stats, new NodesResponseRestListener<>(channel));
    }
}
