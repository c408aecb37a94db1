// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.TransportAction;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.models.deploy.DeployTask;
import org.opensearch.generate.models.deploy.Deployment;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;

/**
 * Watches a deployment until each of its nodes has the model or has failed, as a task with the state of all nodes. If the task is
 * cancelled, the deployment is deleted. The nodes do their part without it, also when this node leaves.
 */
public final class DeployModelAction extends TransportAction<DeployModelRequest, GetModelsResponse> {
    public static final ActionType<GetModelsResponse> TYPE =
            new ActionType<>("cluster:admin/generate/models/deploy", GetModelsResponse::new);
    private static final TimeValue INTERVAL = TimeValue.timeValueMillis(500);

    private final Client client;
    private final ClusterService clusterService;
    private final ThreadPool threadPool;

    @Inject
    public DeployModelAction(
            TransportService transport,
            ActionFilters filters,
            Client client,
            ClusterService clusterService,
            ThreadPool threadPool) {
        super(TYPE.name(), filters, transport.getTaskManager());
        this.client = client;
        this.clusterService = clusterService;
        this.threadPool = threadPool;
    }

    /** How nodes send the status of the tasks of this package to each other. */
    public static List<NamedWriteableRegistry.Entry> statuses() {
        return List.of(
                new NamedWriteableRegistry.Entry(Task.Status.class, DeployTask.Status.NAME, DeployTask.Status::new),
                new NamedWriteableRegistry.Entry(Task.Status.class, WatchTask.Status.NAME, WatchTask.Status::new));
    }

    @Override
    protected void doExecute(Task task, DeployModelRequest request, ActionListener<GetModelsResponse> listener) {
        look((WatchTask) task, request.deployment(), listener);
    }

    private void look(WatchTask task, Deployment deployment, ActionListener<GetModelsResponse> listener) {
        if (task.isCancelled()) {
            TaskCancelledException cancelled =
                    new TaskCancelledException("the deployment was cancelled: " + task.getReasonCancelled());
            client.execute(
                    DeleteModelAction.TYPE,
                    new DeleteModelRequest(deployment.id(), deployment.uuid()),
                    ActionListener.wrap(() -> listener.onFailure(cancelled)));
            return;
        }
        client.execute(
                GetModelsAction.TYPE,
                new GetModelsRequest(deployment.id()),
                ActionListener.wrap(
                        response -> {
                            if (isOver(task, deployment, response)) {
                                listener.onResponse(response);
                            } else {
                                threadPool.schedule(
                                        () -> look(task, deployment, listener), INTERVAL, ThreadPool.Names.GENERIC);
                            }
                        },
                        listener::onFailure));
    }

    private boolean isOver(WatchTask task, Deployment deployment, GetModelsResponse response) {
        Deployment now = response.deployments().get(deployment.id());
        if (now == null || !now.uuid().equals(deployment.uuid())) {
            throw new OpenSearchStatusException(
                    "model [{}] was deleted while it was being deployed", RestStatus.CONFLICT, deployment.id());
        }
        List<NodeModels> parts = new ArrayList<>();
        int underWay = 0;
        Set<String> failed =
                response.failures().stream().map(FailedNodeException::nodeId).collect(Collectors.toSet());
        for (DiscoveryNode node : clusterService.state().nodes()) {
            if (now.isFor(node) && !failed.contains(node.getId())) {
                List<ModelInfo> models = response.getNodesMap().containsKey(node.getId())
                        ? response.getNodesMap().get(node.getId()).models()
                        : List.of();
                parts.add(new NodeModels(node, models));
                underWay += models.isEmpty() || isUnderWay(models.getFirst()) ? 1 : 0;
            }
        }
        task.status(new WatchTask.Status(parts));
        return underWay == 0;
    }

    private static boolean isUnderWay(ModelInfo model) {
        return model.state() == State.DOWNLOADING || model.state() == State.LOADING;
    }
}
