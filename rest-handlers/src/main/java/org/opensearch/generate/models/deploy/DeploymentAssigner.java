// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.cluster.ClusterStateUpdateTask;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.gateway.GatewayService;
import org.opensearch.threadpool.ThreadPool;

/**
 * On the elected cluster manager: chooses nodes for deployments that are for a number of nodes, when nodes join and leave. A node
 * that left has a minute to come back, the time that OpenSearch gives its shards as well; then it is lost, and others may take its
 * places.
 */
public final class DeploymentAssigner extends AbstractLifecycleComponent implements ClusterStateListener {
    private static final Logger LOG = LogManager.getLogger(DeploymentAssigner.class);
    private static final TimeValue AWAY = TimeValue.timeValueMinutes(1);

    private final ClusterService clusterService;
    private final ThreadPool threadPool;
    /** By ids of chosen nodes that are away. Guarded by itself. */
    private final Map<String, Absence> absences = new HashMap<>();

    /** A node's, from leaving until coming back. */
    private static final class Absence {
        private boolean isLong;
    }

    public DeploymentAssigner(ClusterService clusterService, ThreadPool threadPool) {
        this.clusterService = clusterService;
        this.threadPool = threadPool;
    }

    @Override
    protected void doStart() {
        clusterService.addListener(this);
    }

    @Override
    protected void doStop() {
        clusterService.removeListener(this);
    }

    @Override
    protected void doClose() {}

    @Override
    public void clusterChanged(ClusterChangedEvent event) {
        ClusterState state = event.state();
        if (!event.localNodeClusterManager() || !isRecovered(state)) {
            note(Set.of());
            return;
        }
        ClusterState before = event.previousState();
        boolean isNew = !before.nodes().isLocalNodeElectedClusterManager() || !isRecovered(before);
        if (isNew || event.nodesChanged() || event.changedCustomMetadataSet().contains(DeploymentsMetadata.TYPE)) {
            DeploymentsMetadata deployments = DeploymentsMetadata.of(state);
            note(Assignment.missing(deployments, state.nodes()));
            if (!deployments.assigned(state.nodes(), lost()).equals(deployments)) {
                assign();
            }
        }
    }

    private static boolean isRecovered(ClusterState state) {
        return !state.blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK);
    }

    /** Notes which chosen nodes are away. */
    private void note(Set<String> missing) {
        synchronized (absences) {
            absences.keySet().retainAll(missing);
            for (String id : missing) {
                if (!absences.containsKey(id)) {
                    Absence absence = new Absence();
                    absences.put(id, absence);
                    threadPool.schedule(() -> giveUp(id, absence), AWAY, ThreadPool.Names.GENERIC);
                }
            }
        }
    }

    private void giveUp(String id, Absence absence) {
        synchronized (absences) {
            if (absences.get(id) != absence) {
                return;
            }
            absence.isLong = true;
        }
        assign();
    }

    private Set<String> lost() {
        synchronized (absences) {
            return absences.entrySet().stream()
                    .filter(entry -> entry.getValue().isLong)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }
    }

    private void assign() {
        clusterService.submitStateUpdateTask("generate-assign-models", new ClusterStateUpdateTask() {
            @Override
            public ClusterState execute(ClusterState state) {
                DeploymentsMetadata before = DeploymentsMetadata.of(state);
                DeploymentsMetadata after = before.assigned(state.nodes(), lost());
                return after.equals(before) ? state : after.in(state);
            }

            @Override
            public void onFailure(String source, Exception e) {
                LOG.warn("[{}]: {}", source, e.toString());
            }
        });
    }
}
