// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Who has requests that run and wait, by name: an action apart from the statistics, since names are for administrators. */
public final class TransportQueueAction
        extends TransportNodesAction<StatsRequest, QueueResponse, TransportQueueAction.NodeRequest, NodeQueues> {
    public static final ActionType<QueueResponse> TYPE =
            new ActionType<>("cluster:admin/generate/queue", QueueResponse::new);
    private final Models models;

    @Inject
    public TransportQueueAction(
            ThreadPool threadPool,
            ClusterService clusterService,
            TransportService transport,
            ActionFilters filters,
            Models models) {
        super(
                TYPE.name(),
                threadPool,
                clusterService,
                transport,
                filters,
                StatsRequest::new,
                NodeRequest::new,
                Pools.ANSWER,
                NodeQueues.class);
        this.models = models;
    }

    /** Asks one node. */
    public static final class NodeRequest extends TransportRequest {
        NodeRequest() {}

        /** Reads what {@code writeTo} wrote. */
        public NodeRequest(StreamInput in) throws IOException {
            super(in);
        }
    }

    @Override
    protected QueueResponse newResponse(
            StatsRequest request, List<NodeQueues> nodes, List<FailedNodeException> failures) {
        return new QueueResponse(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(StatsRequest request) {
        return new NodeRequest();
    }

    @Override
    protected NodeQueues newNodeResponse(StreamInput in) throws IOException {
        return new NodeQueues(in);
    }

    @Override
    protected NodeQueues nodeOperation(NodeRequest request) {
        Map<String, Object> queues = new LinkedHashMap<>();
        for (LoadedModel loaded : models.acquireLoaded()) {
            try {
                queues.put(loaded.id(), queue(loaded.model().engine().stats()));
            } finally {
                loaded.decRef();
            }
        }
        return new NodeQueues(clusterService.localNode(), queues);
    }

    private static List<Map<String, Object>> queue(EngineStats stats) {
        List<Map<String, Object>> users = new ArrayList<>();
        for (EngineStats.UserQueue queue : stats.users()) {
            Map<String, Object> user = new LinkedHashMap<>();
            user.put("user", queue.user());
            user.put("priority", queue.priority().name().toLowerCase(Locale.ROOT));
            user.put("weight", queue.weight());
            user.put("waiting", queue.waiting());
            user.put("running", queue.running());
            users.add(user);
        }
        return users;
    }
}
