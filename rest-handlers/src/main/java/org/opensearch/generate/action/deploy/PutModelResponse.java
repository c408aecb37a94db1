// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.io.IOException;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.models.deploy.Deployment;

/** Says that the cluster knows of a deployment. */
public final class PutModelResponse extends AcknowledgedResponse {
    private final Deployment deployment;

    PutModelResponse(boolean acknowledged, Deployment deployment) {
        super(acknowledged);
        this.deployment = deployment;
    }

    /** Reads what {@link #writeTo} wrote. */
    public PutModelResponse(StreamInput in) throws IOException {
        super(in);
        deployment = new Deployment(in);
    }

    /** What the cluster wants now. */
    public Deployment deployment() {
        return deployment;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        deployment.writeTo(out);
    }
}
