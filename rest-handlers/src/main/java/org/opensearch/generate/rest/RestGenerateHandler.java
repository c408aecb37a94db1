// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.core.common.Strings;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.generate.action.async.SubmitAnswerAction;
import org.opensearch.generate.rest.stream.Streaming;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.rest.action.RestStatusToXContentListener;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_generate} and {@code POST /{index}/_generate}: a question in, hits and an answer out. */
public final class RestGenerateHandler extends BaseRestHandler {
    private final Streaming streaming;

    /** @param streaming what the node's transport can */
    public RestGenerateHandler(Streaming streaming) {
        this.streaming = streaming;
    }

    @Override
    public String getName() {
        return "generate";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.POST, "/_generate"),
                new Route(RestRequest.Method.GET, "/_generate"),
                new Route(RestRequest.Method.POST, "/{index}/_generate"),
                new Route(RestRequest.Method.GET, "/{index}/_generate"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        String[] indices = Strings.splitStringByCommaToArray(request.param("index"));
        IndicesOptions options = IndicesOptions.fromRequest(request, SearchRequest.DEFAULT_INDICES_OPTIONS);
        GenerateBody body;
        try (XContentParser parser = request.contentOrSourceParamParser()) {
            body = GenerateBody.parse(parser);
        }
        GenerateRequest generate =
                body.request(indices, options).preferLocal(request.paramAsBoolean("prefer_local", null));
        if (body.delivery() == GenerateBody.Delivery.STREAM) {
            streaming.check();
            return channel -> channel.sendResponse(Streaming.redirect(request, channel));
        }
        if (body.delivery() == GenerateBody.Delivery.ASYNC) {
            return channel -> client.execute(SubmitAnswerAction.TYPE, generate, new RestToXContentListener<>(channel));
        }
        // A client that hangs up cancels its task.
        return channel -> new RestCancellableNodeClient(client, request.getHttpChannel())
                .execute(TransportGenerateAction.TYPE, generate, new RestStatusToXContentListener<>(channel));
    }
}
