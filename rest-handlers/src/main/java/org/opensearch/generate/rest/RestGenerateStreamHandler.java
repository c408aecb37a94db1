// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.core.common.Strings;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.rest.stream.ChatChunks;
import org.opensearch.generate.rest.stream.HitChunks;
import org.opensearch.generate.rest.stream.StreamedAnswer;
import org.opensearch.generate.rest.stream.Streaming;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.transport.client.node.NodeClient;

/** {@code POST /_generate/stream} and {@code POST /{index}/_generate/stream}: a question in, events out. */
public final class RestGenerateStreamHandler extends BaseRestHandler {
    private final Streaming streaming;

    /** @param streaming what the node's transport can */
    public RestGenerateStreamHandler(Streaming streaming) {
        this.streaming = streaming;
    }

    @Override
    public String getName() {
        return "generate_stream";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.POST, "/_generate/stream"),
                new Route(RestRequest.Method.POST, "/{index}/_generate/stream"));
    }

    @Override
    public boolean supportsStreaming() {
        return streaming.supported();
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        streaming.check();
        String[] indices = Strings.splitStringByCommaToArray(request.param("index"));
        IndicesOptions options = IndicesOptions.fromRequest(request, SearchRequest.DEFAULT_INDICES_OPTIONS);
        Boolean preferLocal = request.paramAsBoolean("prefer_local", null);
        StreamedAnswer answer = new StreamedAnswer(
                streaming,
                parser -> {
                    GenerateRequest asked =
                            GenerateBody.parse(parser).request(indices, options).preferLocal(preferLocal);
                    return new StreamedAnswer.Asked(
                            asked, asked.scope() == Scope.HIT ? new HitChunks() : new ChatChunks());
                },
                ChatChunks::new);
        return channel -> answer.serve(channel, request, client);
    }
}
