// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import java.io.IOException;
import java.util.List;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.ListModelsAction;
import org.opensearch.generate.action.ModelsRequest;
import org.opensearch.generate.action.ModelsResponse;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.RestRequest;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/v1/models} and {@code …/v1/models/{id}}, as OpenAI's clients ask them. */
public final class RestOpenAiModelsHandler extends BaseRestHandler {
    private static final String MODELS = "/_plugins/_generate/v1/models";

    @Override
    public String getName() {
        return "generate_openai_models";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, MODELS), new Route(RestRequest.Method.GET, MODELS + "/{id}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String id = request.param("id");
        return channel -> client.execute(
                ListModelsAction.TYPE,
                new ModelsRequest((String) null),
                OpenAiErrors.replying(channel, (json, models) -> {
                    if (id == null) {
                        list(json, models);
                    } else {
                        model(json, find(models, id));
                    }
                }));
    }

    private static void list(XContentBuilder json, ModelsResponse models) throws IOException {
        json.field("object", "list").startArray("data");
        for (ModelInfo info : models.models()) {
            json.startObject();
            model(json, info);
            json.endObject();
        }
        json.endArray();
    }

    private static ModelInfo find(ModelsResponse models, String id) {
        return models.models().stream()
                .filter(info -> info.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new OpenSearchStatusException("no model [{}]", RestStatus.NOT_FOUND, id));
    }

    /** Files have no date of creation that says anything: 0. */
    private static void model(XContentBuilder json, ModelInfo info) throws IOException {
        json.field("id", info.id());
        json.field("object", "model");
        json.field("created", 0);
        json.field("owned_by", "opensearch-generate");
    }
}
