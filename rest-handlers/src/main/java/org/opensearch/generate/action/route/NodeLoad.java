// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.transport.TransportRequest;

/** How a node stands with its models, by id. */
final class NodeLoad extends TransportResponse {
    /** Asks for it. */
    static final class Request extends TransportRequest {
        Request() {}

        Request(StreamInput in) throws IOException {
            super(in);
        }
    }

    private final Map<String, ModelLoad> models;

    NodeLoad(Map<String, ModelLoad> models) {
        this.models = Map.copyOf(models);
    }

    NodeLoad(StreamInput in) throws IOException {
        super(in);
        models = in.readMap(StreamInput::readString, ModelLoad::new);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeMap(models, StreamOutput::writeString, (to, load) -> load.writeTo(to));
    }

    /** How this node stands; reads the model folder. */
    static NodeLoad of(Models models) {
        Map<String, ModelLoad> loads = new HashMap<>();
        for (ModelInfo info : models.list()) {
            loads.put(info.id(), new ModelLoad(info.state(), 0));
        }
        for (LoadedModel loaded : models.acquireLoaded()) {
            try {
                EngineStats stats = loaded.model().engine().stats();
                loads.put(loaded.id(), new ModelLoad(ModelInfo.State.LOADED, stats.queued() + stats.running()));
            } finally {
                loaded.decRef();
            }
        }
        return new NodeLoad(loads);
    }

    Map<String, ModelLoad> models() {
        return models;
    }
}
