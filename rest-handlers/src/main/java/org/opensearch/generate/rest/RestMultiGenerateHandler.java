// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.common.settings.Settings;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.multi.MultiGenerateRequest;
import org.opensearch.generate.action.multi.TransportMultiGenerateAction;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.rest.action.search.RestMultiSearchAction;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_mgenerate} and {@code POST /{index}/_mgenerate}: lines of headers and bodies, as in {@code _msearch}. */
public final class RestMultiGenerateHandler extends BaseRestHandler {
    private final boolean allowExplicitIndex;

    /** @param settings the node's */
    public RestMultiGenerateHandler(Settings settings) {
        allowExplicitIndex = MULTI_ALLOW_EXPLICIT_INDEX.get(settings);
    }

    @Override
    public String getName() {
        return "generate_multi";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.POST, "/_mgenerate"),
                new Route(RestRequest.Method.GET, "/_mgenerate"),
                new Route(RestRequest.Method.POST, "/{index}/_mgenerate"),
                new Route(RestRequest.Method.GET, "/{index}/_mgenerate"));
    }

    @Override
    public boolean supportsContentStream() {
        return true;
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        List<GenerateRequest> requests = new ArrayList<>();
        Boolean preferLocal = request.paramAsBoolean("prefer_local", null);
        RestMultiSearchAction.parseMultiLineRequest(
                request,
                IndicesOptions.fromRequest(request, SearchRequest.DEFAULT_INDICES_OPTIONS),
                allowExplicitIndex,
                (header, parser) -> {
                    GenerateBody body = GenerateBody.parse(parser);
                    if (body.delivery() != GenerateBody.Delivery.WHOLE) {
                        throw new IllegalArgumentException("[stream] and [async] are not for [_mgenerate]");
                    }
                    requests.add(body.request(header.indices(), header.indicesOptions())
                            .preferLocal(preferLocal));
                });
        MultiGenerateRequest all = new MultiGenerateRequest(requests);
        return channel -> new RestCancellableNodeClient(client, request.getHttpChannel())
                .execute(TransportMultiGenerateAction.TYPE, all, new RestToXContentListener<>(channel));
    }
}
