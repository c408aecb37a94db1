// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.util.Map;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.models.deploy.Deployment;
import org.opensearch.tasks.Task;

/** Names a deployment to be watched from this node; never sent. */
public final class DeployModelRequest extends DeploymentRequest {
    public DeployModelRequest(Deployment deployment) {
        super(deployment);
    }

    @Override
    public Task createTask(long id, String type, String action, TaskId parent, Map<String, String> headers) {
        return new WatchTask(id, type, action, getDescription(), parent, headers);
    }
}
