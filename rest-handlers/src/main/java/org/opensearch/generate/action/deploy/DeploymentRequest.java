// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.generate.models.deploy.Deployment;

/** Names a deployment on this node; never sent. */
abstract class DeploymentRequest extends ActionRequest {
    private final Deployment deployment;

    DeploymentRequest(Deployment deployment) {
        this.deployment = deployment;
    }

    final Deployment deployment() {
        return deployment;
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    @Override
    public String getDescription() {
        return "model [" + deployment.id() + "] from " + deployment.source();
    }
}
