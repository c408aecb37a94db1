// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.action.support.clustermanager.AcknowledgedRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.models.ModelFolder;
import org.opensearch.generate.models.deploy.DeploymentSource;
import org.opensearch.generate.models.deploy.NodeSelection;

/** Asks for a model on some of the cluster's nodes. */
public final class PutModelRequest extends AcknowledgedRequest<PutModelRequest> {
    private final String id;
    private final DeploymentSource source;
    private final NodeSelection nodes;

    /**
     * @param id the id that requests will use
     * @param source where the model comes from
     * @param nodes which nodes get it
     */
    public PutModelRequest(String id, DeploymentSource source, NodeSelection nodes) {
        ModelFolder.checkId(id);
        this.id = id;
        this.source = source;
        this.nodes = nodes;
    }

    /** Reads what {@link #writeTo} wrote. */
    public PutModelRequest(StreamInput in) throws IOException {
        super(in);
        id = in.readString();
        source = new DeploymentSource(in);
        nodes = new NodeSelection(in);
    }

    String id() {
        return id;
    }

    DeploymentSource source() {
        return source;
    }

    NodeSelection nodes() {
        return nodes;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeString(id);
        source.writeTo(out);
        nodes.writeTo(out);
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public String getDescription() {
        return "model [" + id + "] from " + source;
    }
}
