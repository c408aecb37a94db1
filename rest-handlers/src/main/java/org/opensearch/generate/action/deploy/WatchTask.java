// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;

/** A deployment from its PUT until each node has the model or has failed. To cancel it is to delete the deployment. */
final class WatchTask extends CancellableTask {
    private volatile Status status = new Status(List.of());

    WatchTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /**
     * How far the nodes are.
     *
     * @param nodes those that shall have the model and have answered
     */
    record Status(List<NodeModels> nodes) implements Task.Status {
        static final String NAME = "generate_deploy_nodes";

        /** Reads what {@link #writeTo} wrote. */
        Status(StreamInput in) throws IOException {
            this(in.readList(NodeModels::new));
        }

        @Override
        public String getWriteableName() {
            return NAME;
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeList(nodes);
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
            builder.startObject().startObject("nodes");
            for (NodeModels node : nodes) {
                for (ModelInfo model : node.models()) {
                    builder.startObject(node.getNode().getId());
                    builder.field("name", node.getNode().getName());
                    model.stateFields(builder);
                    builder.endObject();
                }
            }
            return builder.endObject().endObject();
        }
    }

    @Override
    public Status getStatus() {
        return status;
    }

    void status(Status now) {
        status = now;
    }

    @Override
    public boolean shouldCancelChildrenOnCancellation() {
        return false;
    }
}
