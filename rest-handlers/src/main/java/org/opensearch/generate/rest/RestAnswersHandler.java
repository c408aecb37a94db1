// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.action.async.DeleteAnswerAction;
import org.opensearch.generate.action.async.GetAnswerAction;
import org.opensearch.generate.action.async.KeptAnswerRequest;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.action.RestToXContentListener;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_generate/{id}} and {@code DELETE /_generate/{id}}: answers that were asked for with {@code "async": true}. */
public final class RestAnswersHandler extends BaseRestHandler {
    @Override
    public String getName() {
        return "generate_answers";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, "/_generate/{id}"),
                new Route(RestRequest.Method.DELETE, "/_generate/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        KeptAnswerRequest answer = new KeptAnswerRequest(
                request.param("id"), request.paramAsInt("after", 0), request.paramAsTime("wait", TimeValue.ZERO));
        if (request.method() == RestRequest.Method.DELETE) {
            return channel -> client.execute(DeleteAnswerAction.TYPE, answer, new RestToXContentListener<>(channel));
        }
        return channel -> client.execute(GetAnswerAction.TYPE, answer, new RestToXContentListener<>(channel));
    }
}
