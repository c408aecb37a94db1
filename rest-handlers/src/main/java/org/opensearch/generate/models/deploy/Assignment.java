// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;

/**
 * Chooses the nodes of deployments that are for a number of nodes.
 *
 * <h2>Idea</h2>
 * A model stays where it is: nodes that join change nothing, and a node that left keeps its place until it is lost, which is to
 * say away for long, and another can take it. Free places go to the nodes with the fewest assigned models, of those to the one
 * with the least id.
 */
final class Assignment {
    private Assignment() {}

    /** The deployments with their nodes chosen. */
    static DeploymentsMetadata assign(DeploymentsMetadata before, DiscoveryNodes nodes, Set<String> lost) {
        DeploymentsMetadata result = before;
        for (Deployment deployment : before.all()) {
            if (deployment.nodes().count() > 0) {
                List<String> assigned = assign(deployment, result, nodes, lost);
                if (!assigned.equals(deployment.assigned())) {
                    result = result.with(deployment.on(assigned));
                }
            }
        }
        return result;
    }

    /** The ids of chosen nodes that are away. */
    static Set<String> missing(DeploymentsMetadata deployments, DiscoveryNodes nodes) {
        return deployments.all().stream()
                .flatMap(deployment -> deployment.assigned().stream())
                .filter(id -> !nodes.nodeExists(id))
                .collect(Collectors.toSet());
    }

    private static List<String> assign(
            Deployment deployment, DeploymentsMetadata all, DiscoveryNodes nodes, Set<String> lost) {
        List<String> assigned = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (String id : deployment.assigned()) {
            DiscoveryNode node = nodes.get(id);
            if (node == null) {
                (lost.contains(id) ? gone : missing).add(id);
            } else if (deployment.nodes().matches(node)) {
                assigned.add(id);
            }
        }
        List<String> free = new ArrayList<>();
        nodes.getNodes().values().stream()
                .filter(node -> deployment.nodes().matches(node) && !assigned.contains(node.getId()))
                .sorted(Comparator.<DiscoveryNode>comparingLong(node -> load(all, node))
                        .thenComparing(DiscoveryNode::getId))
                .forEach(node -> free.add(node.getId()));
        assigned.addAll(missing);
        assigned.addAll(free);
        assigned.addAll(gone);
        return assigned.subList(0, Math.min(assigned.size(), deployment.nodes().count()));
    }

    private static long load(DeploymentsMetadata all, DiscoveryNode node) {
        return all.all().stream().filter(deployment -> deployment.isFor(node)).count();
    }
}
