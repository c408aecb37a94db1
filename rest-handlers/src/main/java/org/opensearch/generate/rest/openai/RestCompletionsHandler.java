// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import java.util.List;
import java.util.Locale;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.generate.rest.stream.StreamedAnswer;
import org.opensearch.generate.rest.stream.Streaming;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.transport.client.node.NodeClient;

/**
 * {@code POST /_plugins/_generate/v1/chat/completions} and {@code …/v1/completions}, as OpenAI's clients ask them; each also with
 * {@code /stream} behind, where the first sends requests for a stream.
 */
public final class RestCompletionsHandler extends BaseRestHandler {
    private final Endpoint endpoint;
    private final Streaming streaming;
    private final boolean streams;

    private RestCompletionsHandler(Endpoint endpoint, Streaming streaming, boolean streams) {
        this.endpoint = endpoint;
        this.streaming = streaming;
        this.streams = streams;
    }

    /** The handlers of all paths. */
    public static List<RestCompletionsHandler> all(Streaming streaming) {
        return List.of(
                new RestCompletionsHandler(Endpoint.CHAT, streaming, false),
                new RestCompletionsHandler(Endpoint.CHAT, streaming, true),
                new RestCompletionsHandler(Endpoint.TEXT, streaming, false),
                new RestCompletionsHandler(Endpoint.TEXT, streaming, true));
    }

    @Override
    public String getName() {
        return "generate_openai_" + endpoint.name().toLowerCase(Locale.ROOT) + (streams ? "_stream" : "");
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.POST, endpoint.path() + (streams ? "/stream" : "")));
    }

    @Override
    public boolean supportsStreaming() {
        return streams && streaming.supported();
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        try {
            return streams ? stream(request, client) : whole(request, client);
        } catch (Exception e) {
            return channel -> channel.sendResponse(OpenAiErrors.response(channel, e));
        }
    }

    private RestChannelConsumer stream(RestRequest request, NodeClient client) {
        streaming.check();
        Boolean preferLocal = request.paramAsBoolean("prefer_local", null);
        StreamedAnswer answer = new StreamedAnswer(
                streaming,
                parser -> {
                    OpenAiBody body = OpenAiBody.parse(endpoint, parser);
                    return new StreamedAnswer.Asked(
                            body.request().preferLocal(preferLocal),
                            new CompletionForm(endpoint, body.request().retrieves(), body.includeUsage()));
                },
                () -> new CompletionForm(endpoint, false, false));
        return channel -> answer.serve(channel, request, client);
    }

    private RestChannelConsumer whole(RestRequest request, NodeClient client) throws Exception {
        OpenAiBody body;
        try (XContentParser parser = request.contentParser()) {
            body = OpenAiBody.parse(endpoint, parser);
        }
        body.request().preferLocal(request.paramAsBoolean("prefer_local", null));
        if (body.stream()) {
            streaming.check();
            return channel -> channel.sendResponse(Streaming.redirect(request, channel));
        }
        CompletionForm form = new CompletionForm(endpoint, body.request().retrieves(), true);
        return channel -> new RestCancellableNodeClient(client, request.getHttpChannel())
                .execute(TransportGenerateAction.TYPE, body.request(), OpenAiErrors.replying(channel, form::whole));
    }
}
