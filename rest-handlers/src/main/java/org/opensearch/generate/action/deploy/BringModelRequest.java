// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.util.Map;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.models.deploy.DeployTask;
import org.opensearch.generate.models.deploy.Deployment;
import org.opensearch.tasks.Task;

/** Names a deployment that this node brings to itself; never sent. */
public final class BringModelRequest extends DeploymentRequest {
    public BringModelRequest(Deployment deployment) {
        super(deployment);
    }

    @Override
    public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new DeployTask(id, type, action, getDescription(), parent, headers);
    }
}
