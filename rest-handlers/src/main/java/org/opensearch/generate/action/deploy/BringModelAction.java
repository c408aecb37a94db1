// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.TransportAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.models.deploy.DeployTask;
import org.opensearch.generate.models.deploy.NodeDeployments;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** What one node does for a deployment: a task of its own, to be watched and cancelled. Runs on the calling thread. */
public final class BringModelAction extends TransportAction<BringModelRequest, AcknowledgedResponse> {
    public static final ActionType<AcknowledgedResponse> TYPE =
            new ActionType<>("cluster:admin/generate/models/deploy[n]", AcknowledgedResponse::new);
    private final NodeDeployments deployments;

    @Inject
    public BringModelAction(TransportService transport, ActionFilters filters, NodeDeployments deployments) {
        super(TYPE.name(), filters, transport.getTaskManager());
        this.deployments = deployments;
    }

    @Override
    protected void doExecute(Task task, BringModelRequest request, ActionListener<AcknowledgedResponse> listener) {
        ActionListener.completeWith(listener, () -> {
            deployments.bring(request.deployment(), (DeployTask) task);
            return new AcknowledgedResponse(true);
        });
    }
}
