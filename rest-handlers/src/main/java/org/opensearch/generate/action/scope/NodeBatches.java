// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.route.AnswerResult;
import org.opensearch.generate.rag.AnswerTask;

/**
 * Answers tasks on the nodes that hold what they read.
 *
 * <h2>Idea</h2>
 * All tasks of a node go there in one message, whichever shards they are of, and its engine computes them together. A task whose node
 * has no such model, is still loading it, or has left, is answered by another, which the service chooses. Whoever wants to see each
 * answer when it is there gets messages of one task, {@value #AT_ONCE} at a time.
 *
 * <h2>Threads</h2>
 * Any; nothing waits. State is under this object's lock.
 */
final class NodeBatches {
    /** Enough to fill an engine's batches, few enough to leave room in its queue. */
    private static final int AT_ONCE = 16;

    /** Who answers. */
    interface Nodes {
        /** One node, all tasks at once: a result for each. Fails if the node cannot be asked. */
        void on(String node, List<AnswerTask> tasks, ActionListener<List<AnswerResult>> listener);

        /** Any node that has the model. */
        void any(AnswerTask task, ActionListener<List<AnswerResult>> listener);
    }

    /**
     * A task and its node.
     *
     * @param node id of the node that holds what it reads; null if there is none in this cluster
     */
    record Placed(AnswerTask task, @Nullable String node) {}

    private final Nodes nodes;
    private final List<Placed> tasks;
    private final boolean oneByOne;
    private final ObjIntConsumer<AnswerResult> each;
    private final ActionListener<List<AnswerResult>> listener;
    private final @Nullable AnswerResult[] results;
    private final Lane anywhere = new Lane(null);
    private int left;

    /**
     * @param oneByOne whether answers are wanted when they are there, rather than with the others of their node
     * @param each told of each result when it is there, with its place
     * @param listener told of all, in order; never of a failure
     */
    NodeBatches(
            Nodes nodes,
            List<Placed> tasks,
            boolean oneByOne,
            ObjIntConsumer<AnswerResult> each,
            ActionListener<List<AnswerResult>> listener) {
        this.nodes = nodes;
        this.tasks = List.copyOf(tasks);
        this.oneByOne = oneByOne;
        this.each = each;
        this.listener = listener;
        this.results = new AnswerResult[tasks.size()];
        this.left = tasks.size();
    }

    /** Begins; once. */
    void start() {
        if (tasks.isEmpty()) {
            listener.onResponse(List.of());
            return;
        }
        Map<String, Lane> lanes = new HashMap<>();
        for (int place = 0; place < tasks.size(); place++) {
            String node = tasks.get(place).node();
            Lane lane = node == null ? anywhere : lanes.computeIfAbsent(node, Lane::new);
            lane.waiting.add(place);
        }
        List<Lane> all = new ArrayList<>(lanes.values());
        all.add(anywhere);
        all.forEach(Lane::next);
    }

    /** What waits for a node. */
    private final class Lane {
        private final @Nullable String node;
        /** Places of tasks. */
        private final Deque<Integer> waiting = new ArrayDeque<>();
        /** Messages under way. */
        private int running;
        /** Most of them. */
        private int limit = AT_ONCE;

        Lane(@Nullable String node) {
            this.node = node;
        }

        void add(Collection<Integer> places) {
            synchronized (NodeBatches.this) {
                waiting.addAll(places);
            }
            next();
        }

        /** Asks as much as may be asked now. */
        void next() {
            while (true) {
                List<Integer> places = new ArrayList<>();
                synchronized (NodeBatches.this) {
                    int most = node == null || oneByOne ? 1 : waiting.size();
                    while (running < limit && places.size() < most && !waiting.isEmpty()) {
                        places.add(waiting.remove());
                    }
                    if (places.isEmpty()) {
                        return;
                    }
                    running++;
                }
                ask(places);
            }
        }

        private void ask(List<Integer> places) {
            ActionListener<List<AnswerResult>> back = ActionListener.runAfter(
                    ActionListener.wrap(some -> take(places, some), e -> fail(places, e)), this::free);
            try {
                if (node == null) {
                    nodes.any(tasks.get(places.getFirst()).task(), back);
                } else {
                    nodes.on(
                            node,
                            places.stream()
                                    .map(place -> tasks.get(place).task())
                                    .toList(),
                            back);
                }
            } catch (RuntimeException e) {
                back.onFailure(e);
            }
        }

        private void free() {
            synchronized (NodeBatches.this) {
                running--;
            }
            next();
        }

        private void take(List<Integer> places, List<AnswerResult> some) {
            List<Integer> elsewhere = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                Exception failure = some.get(i).failure();
                if (node != null && failure != null && lacksModel(failure)) {
                    elsewhere.add(places.get(i));
                } else if (failure == null || !waits(places, failure)) {
                    finish(places.get(i), some.get(i));
                }
            }
            anywhere.add(elsewhere);
        }

        private void fail(List<Integer> places, Exception e) {
            if (node != null) {
                anywhere.add(places);
            } else if (!waits(places, e)) {
                places.forEach(place -> finish(place, new AnswerResult(null, e)));
            }
        }

        /** Whether a task that was refused by a full queue comes again when another of this lane has left it. */
        private boolean waits(List<Integer> places, Exception e) {
            synchronized (NodeBatches.this) {
                if (places.size() > 1 || running < 2 || ExceptionsHelper.status(e) != RestStatus.TOO_MANY_REQUESTS) {
                    return false;
                }
                limit = running - 1;
                waiting.addFirst(places.getFirst());
                return true;
            }
        }
    }

    /** Whether another node may do what this one could not. */
    private static boolean lacksModel(Exception failure) {
        RestStatus status = ExceptionsHelper.status(failure);
        return status == RestStatus.NOT_FOUND
                || status == RestStatus.SERVICE_UNAVAILABLE
                || status == RestStatus.INTERNAL_SERVER_ERROR;
    }

    private void finish(int place, AnswerResult result) {
        synchronized (this) {
            if (results[place] != null) {
                return;
            }
            results[place] = result;
        }
        each.accept(result, place);
        synchronized (this) {
            left--;
            if (left > 0) {
                return;
            }
        }
        listener.onResponse(Arrays.stream(results).map(Objects::requireNonNull).toList());
    }
}
