// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.FailedNodeException;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.action.deploy.GetModelsResponse;
import org.opensearch.generate.action.deploy.NodeModels;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.UnknownModelException;
import org.opensearch.generate.models.deploy.Deployment;

/**
 * What the REST API shows of models: as the node that is asked has them, or else as another has; where they are deployed from; and
 * their state on each node.
 */
final class ModelsReply implements ToXContentObject {
    private final GetModelsResponse cluster;
    private final String localNode;
    private final SortedMap<String, List<Part>> models = new TreeMap<>();

    /** A model on a node. */
    private record Part(NodeModels node, ModelInfo model) {}

    /** @param localNode id of the node that is asked */
    ModelsReply(GetModelsResponse cluster, String localNode) {
        this.cluster = cluster;
        this.localNode = localNode;
        for (Deployment deployment : cluster.deployments().all()) {
            models.put(deployment.id(), new ArrayList<>());
        }
        for (NodeModels node : cluster.getNodes()) {
            for (ModelInfo model : node.models()) {
                models.computeIfAbsent(model.id(), id -> new ArrayList<>()).add(new Part(node, model));
            }
        }
    }

    /** One model alone. Throws {@link UnknownModelException} if there is none of that id. */
    ToXContentObject only(String id) {
        if (!models.containsKey(id)) {
            throw new UnknownModelException("no model [" + id + "] on any node", models.keySet());
        }
        return (builder, params) -> write(builder, id);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject().startArray("models");
        for (String id : models.keySet()) {
            write(builder, id);
        }
        return builder.endArray().endObject();
    }

    private XContentBuilder write(XContentBuilder builder, String id) throws IOException {
        List<Part> parts = models.getOrDefault(id, List.of());
        Deployment deployment = cluster.deployments().get(id);
        builder.startObject();
        Part shown = shown(parts);
        if (shown != null) {
            shown.model().fields(builder);
        } else {
            builder.field("id", id);
        }
        if (deployment != null) {
            builder.startObject("deployment")
                    .field("source", deployment.source())
                    .field("nodes", deployment.nodes())
                    .endObject();
        }
        builder.startObject("nodes");
        for (Part part : parts) {
            builder.startObject(part.node().getNode().getId())
                    .field("name", part.node().getNode().getName());
            part.model().stateFields(builder);
            builder.endObject();
        }
        for (Map.Entry<String, String> failure : failures().entrySet()) {
            builder.startObject(failure.getKey())
                    .field("state", "unknown")
                    .field("error", failure.getValue())
                    .endObject();
        }
        return builder.endObject().endObject();
    }

    /** As the node that is asked has it; as the one that is furthest, if that has it not. */
    private @Nullable Part shown(List<Part> parts) {
        Part best = null;
        for (Part part : parts) {
            if (part.node().getNode().getId().equals(localNode)) {
                return part;
            }
            if (best == null || part.model().loaded() != null) {
                best = part;
            }
        }
        return best;
    }

    private Map<String, String> failures() {
        return cluster.failures().stream()
                .collect(Collectors.toMap(
                        FailedNodeException::nodeId,
                        failure -> String.valueOf(
                                ExceptionsHelper.unwrapCause(failure).getMessage()),
                        (a, b) -> a,
                        LinkedHashMap::new));
    }
}
