// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.route.AnswerResult;
import org.opensearch.generate.action.route.AnswerService;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchShardTarget;

/** The nodes of this cluster, as those that hold shards and those that have models. */
public final class ShardNodes implements NodeBatches.Nodes {
    private final AnswerService service;
    private final ClusterService clusterService;
    private final AnswerService.Origin origin;

    /** @param origin who asks */
    public ShardNodes(AnswerService service, ClusterService clusterService, AnswerService.Origin origin) {
        this.service = service;
        this.clusterService = clusterService;
        this.origin = origin;
    }

    /** The node whose copy of the shard gave a hit; null if it is of another cluster. */
    static @Nullable String of(SearchHit hit) {
        SearchShardTarget shard = hit.getShard();
        return shard == null || shard.getClusterAlias() != null ? null : shard.getNodeId();
    }

    @Override
    public void on(String node, List<AnswerTask> tasks, ActionListener<List<AnswerResult>> listener) {
        DiscoveryNode found = clusterService.state().nodes().get(node);
        if (found == null) {
            listener.onFailure(new IllegalStateException("node [" + node + "] has left the cluster"));
            return;
        }
        service.askOn(found, tasks, origin, listener);
    }

    @Override
    public void any(AnswerTask task, ActionListener<List<AnswerResult>> listener) {
        service.ask(
                task, origin, null, ActionListener.map(listener, answer -> List.of(new AnswerResult(answer, null))));
    }
}
