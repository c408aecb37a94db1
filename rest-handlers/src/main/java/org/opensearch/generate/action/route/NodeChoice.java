// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.hash.MurmurHash3;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Document;

/**
 * Chooses the node that answers.
 *
 * <h2>Idea</h2>
 * Of the nodes that have loaded the model, those with the fewest requests, give or take {@link #SLACK}; of these, the one that
 * rendezvous hashing gives to the beginning of the prompt, so that prompts that begin alike meet in one prefix cache, and move only
 * when their node is busy or gone.
 */
final class NodeChoice {
    /** So many requests more than on the least busy node count as equal, or a quarter of what that has. */
    static final int SLACK = 2;

    private static final int SLACK_SHARE = 4;

    /**
     * @param node the node
     * @param loaded whether it has the model loaded, as far as is known
     */
    record Chosen(DiscoveryNode node, boolean loaded) {}

    private final DiscoveryNode local;
    private final boolean preferLocal;

    /**
     * @param local this node
     * @param preferLocal whether this node is taken if it has loaded the model
     */
    NodeChoice(DiscoveryNode local, boolean preferLocal) {
        this.local = local;
        this.preferLocal = preferLocal;
    }

    /**
     * The node for a task among those that have loaded the model.
     *
     * @param tried ids of nodes that are out of the question
     */
    Optional<DiscoveryNode> loaded(String model, long affinity, Map<DiscoveryNode, NodeLoad> loads, Set<String> tried) {
        List<DiscoveryNode> nodes = in(State.LOADED, model, loads);
        nodes.removeIf(node -> tried.contains(node.getId()));
        if (preferLocal && nodes.contains(local)) {
            return Optional.of(local);
        }
        int least = nodes.stream()
                .mapToInt(node -> requests(node, model, loads))
                .min()
                .orElse(0);
        int most = least + Math.max(SLACK, least / SLACK_SHARE);
        nodes.removeIf(node -> requests(node, model, loads) > most);
        return best(nodes, affinity);
    }

    /**
     * Where to ask for a model that nobody has loaded: where it is being loaded; else here, if this node knows it; else where it could
     * be loaded; else here, to be told that there is none.
     */
    DiscoveryNode loading(String model, long affinity, Map<DiscoveryNode, NodeLoad> loads) {
        for (State state : List.of(State.LOADING, State.AVAILABLE, State.DOWNLOADING, State.FAILED)) {
            List<DiscoveryNode> nodes = in(state, model, loads);
            if (nodes.contains(local) || (state != State.LOADING && knows(local, model, loads))) {
                return local;
            }
            Optional<DiscoveryNode> best = best(nodes, affinity);
            if (best.isPresent()) {
                return best.get();
            }
        }
        return local;
    }

    /**
     * What a task's prompt begins with, as a number: instructions and earlier messages, or else instructions and the first passage.
     */
    static long affinity(String model, AnswerTask task) {
        List<ChatMessage> messages = task.messages();
        boolean instructed = messages.getFirst().role().equals("system");
        StringBuilder beginning = new StringBuilder(model);
        if (instructed) {
            beginning.append('\0').append(messages.getFirst().content());
        }
        int first = instructed && messages.size() > 1 ? 1 : 0;
        boolean earlier = messages.size() - first > 1;
        Document passage = earlier ? null : firstPassage(task);
        if (passage == null) {
            beginning.append('\0').append(messages.get(first).content());
        } else {
            beginning.append('\0').append(passage.index()).append('\0').append(passage.id());
        }
        return hash(beginning.toString());
    }

    private static @Nullable Document firstPassage(AnswerTask task) {
        List<Document> documents = task.documents();
        if (documents == null) {
            return null;
        }
        return documents.stream()
                .filter(document -> !document.texts().isEmpty())
                .findFirst()
                .orElse(null);
    }

    private static List<DiscoveryNode> in(State state, String model, Map<DiscoveryNode, NodeLoad> loads) {
        List<DiscoveryNode> nodes = new ArrayList<>();
        loads.forEach((node, load) -> {
            ModelLoad of = load.models().get(model);
            if (of != null && of.state() == state) {
                nodes.add(node);
            }
        });
        return nodes;
    }

    private static boolean knows(DiscoveryNode node, String model, Map<DiscoveryNode, NodeLoad> loads) {
        NodeLoad load = loads.get(node);
        return load != null && load.models().containsKey(model);
    }

    private static int requests(DiscoveryNode node, String model, Map<DiscoveryNode, NodeLoad> loads) {
        NodeLoad load = loads.get(node);
        ModelLoad of = load == null ? null : load.models().get(model);
        return of == null ? 0 : of.requests();
    }

    private static Optional<DiscoveryNode> best(List<DiscoveryNode> nodes, long affinity) {
        return nodes.stream().max(Comparator.comparingLong(node -> hash(node.getId() + affinity)));
    }

    private static long hash(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return MurmurHash3.hash128(bytes, 0, bytes.length, 0, new MurmurHash3.Hash128()).h1;
    }
}
