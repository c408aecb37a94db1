// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.models.Models;

/** Finds the node for a model. Reads the model folder: called on the answer pool. */
final class Router {
    /**
     * Where a model is asked.
     *
     * @param model its id; null if the default is not clear, which its node says
     * @param node the node
     * @param mayLoad whether the model may start loading there
     */
    record Target(@Nullable String model, DiscoveryNode node, boolean mayLoad) {}

    /**
     * What is looked for.
     *
     * @param model id of the model; null for the default
     * @param beginning what the prompt begins with; null if it is not known yet
     * @param preferLocal whether this node is taken if it has loaded the model
     * @param tried ids of nodes that are out of the question; if there are any, only a node that has loaded the model will do
     */
    record Wanted(@Nullable String model, @Nullable Beginning beginning, boolean preferLocal, Set<String> tried) {}

    /** Tells what a prompt begins with, as a number. */
    @FunctionalInterface
    interface Beginning {
        long affinity(String model);
    }

    private final ClusterService clusterService;
    private final Models models;
    private final NodeLoads loads;
    private final ThreadContext threadContext;

    Router(ClusterService clusterService, Models models, NodeLoads loads, ThreadContext threadContext) {
        this.clusterService = clusterService;
        this.models = models;
        this.loads = loads;
        this.threadContext = threadContext;
    }

    /**
     * Tells the target, in the caller's thread context; there is always one unless nodes were tried. Fails with 503 while it is not
     * certain that no node has the model.
     */
    void find(Wanted wanted, ActionListener<Optional<Target>> listener) {
        DiscoveryNodes nodes = clusterService.state().nodes();
        if (nodes.getSize() == 1) {
            if (nodes.getClusterManagerNodeId() == null) {
                listener.onFailure(Errors.later("the node has not joined its cluster yet"));
                return;
            }
            Target here = new Target(wanted.model, clusterService.localNode(), true);
            listener.onResponse(wanted.tried.isEmpty() ? Optional.of(here) : Optional.empty());
            return;
        }
        // News come with the round of whoever asked for them first.
        ActionListener<Optional<Target>> back =
                ContextPreservingActionListener.wrapPreservingContext(listener, threadContext);
        loads.current(known -> {
            Optional<Target> target;
            try {
                target = target(wanted, known);
            } catch (RuntimeException e) {
                back.onFailure(e);
                return;
            }
            if (target.isPresent() && !target.get().mayLoad) {
                back.onResponse(target);
            } else {
                loads.renewed(news -> told(wanted, news, back));
            }
        });
    }

    private void told(Wanted wanted, Map<DiscoveryNode, NodeLoad> news, ActionListener<Optional<Target>> listener) {
        if (!wanted.tried.isEmpty()
                || isKnown(wanted.model, news)
                || silent(news).isEmpty()) {
            ActionListener.completeWith(listener, () -> target(wanted, news));
            return;
        }
        loads.renewed(
                AnswerTransport.LOAD_LIMIT,
                all -> ActionListener.completeWith(listener, () -> {
                    List<String> silent = silent(all);
                    if (!isKnown(wanted.model, all) && !silent.isEmpty()) {
                        throw Errors.later("nodes " + silent + " have not said yet which models they have");
                    }
                    return target(wanted, all);
                }));
    }

    private static boolean isKnown(@Nullable String model, Map<DiscoveryNode, NodeLoad> known) {
        return known.values().stream()
                .anyMatch(load -> model == null || load.models().containsKey(model));
    }

    /** The names of nodes that have not said how they stand. */
    private List<String> silent(Map<DiscoveryNode, NodeLoad> known) {
        return clusterService.state().nodes().getNodes().values().stream()
                .filter(node -> !known.containsKey(node))
                .map(DiscoveryNode::getName)
                .toList();
    }

    private Optional<Target> target(Wanted wanted, Map<DiscoveryNode, NodeLoad> known) {
        DiscoveryNode local = clusterService.localNode();
        String model = wanted.model != null ? wanted.model : defaultId(known);
        if (model == null) {
            return wanted.tried.isEmpty() ? Optional.of(new Target(null, local, true)) : Optional.empty();
        }
        long affinity = wanted.beginning == null ? 0 : wanted.beginning.affinity(model);
        NodeChoice choice = new NodeChoice(local, wanted.preferLocal);
        Optional<DiscoveryNode> loaded = choice.loaded(model, affinity, known, wanted.tried);
        if (loaded.isPresent()) {
            return Optional.of(new Target(model, loaded.get(), false));
        }
        return wanted.tried.isEmpty()
                ? Optional.of(new Target(model, choice.loading(model, affinity, known), true))
                : Optional.empty();
    }

    /** This node's default, or else the only model that any node knows. */
    private @Nullable String defaultId(Map<DiscoveryNode, NodeLoad> known) {
        Optional<String> own = models.tryDefaultId();
        if (own.isPresent()) {
            return own.get();
        }
        List<String> all = known.values().stream()
                .flatMap(load -> load.models().keySet().stream())
                .distinct()
                .toList();
        return all.size() == 1 ? all.getFirst() : null;
    }
}
