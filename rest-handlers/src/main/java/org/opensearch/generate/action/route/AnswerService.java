// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.action.async.Owner;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.slowlog.SlowLog;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;

/**
 * Through which every way in asks a model.
 *
 * <h2>Threads</h2>
 * Any may call; nothing waits. Listeners are told on the answer pool, in the caller's thread context. Failures have their REST
 * status.
 */
public final class AnswerService {
    /**
     * Who asks.
     *
     * @param task cancelling it cancels the answers; null for none
     * @param preferLocal whether this node is to answer if it has loaded the model; null for the node's setting
     * @param retrieveNanos how long the search for the documents took; 0 without one
     */
    public record Origin(@Nullable Task task, @Nullable Boolean preferLocal, long retrieveNanos) {
        /** Somebody without a task. */
        public static final Origin NONE = new Origin(null, null, 0);
    }

    private final Models models;
    private final BooleanSupplier preferLocal;
    private final SlowLog slowLog;
    private final ClusterService clusterService;
    private final ThreadPool threadPool;
    private final Executor pool;
    private final NodeLoads loads;
    private final Router router;
    private volatile @Nullable AnswerTransport transport;

    /**
     * @param models this node's
     * @param preferLocal whether this node is to answer if it has loaded the model, for requests that leave it open
     * @param slowLog gets every answer
     */
    public AnswerService(
            Models models,
            BooleanSupplier preferLocal,
            SlowLog slowLog,
            ClusterService clusterService,
            ThreadPool threadPool) {
        this.models = models;
        this.preferLocal = preferLocal;
        this.slowLog = slowLog;
        this.clusterService = clusterService;
        this.threadPool = threadPool;
        this.pool = threadPool.executor(Pools.ANSWER);
        this.loads = new NodeLoads(
                () -> List.copyOf(clusterService.state().nodes().getNodes().values()),
                (node, listener) -> transport().load(node, listener),
                (delay, what) -> threadPool.schedule(what, delay, Pools.ANSWER),
                System::nanoTime);
        this.router = new Router(clusterService, models, loads, threadPool.getThreadContext());
    }

    /** The way to nodes, this one included. */
    void through(AnswerTransport way) {
        transport = way;
    }

    /**
     * Tells the id of the model that will answer, before anything is done for its answer. Fails if there is no such model (404), and
     * if no node has loaded it and this one can (503, it starts loading).
     *
     * @param model its id; null for the default
     * @param deadlineNanos {@link System#nanoTime()} value up to which a model is waited for that comes back after it was idle
     */
    public void find(@Nullable String model, long deadlineNanos, ActionListener<String> listener) {
        Router.Wanted wanted = new Router.Wanted(model, null, false, Set.of());
        pool.execute(ActionRunnable.wrap(
                back(listener),
                l -> router.find(
                        wanted,
                        ActionListener.wrap(target -> ready(target.orElseThrow(), deadlineNanos, l), l::onFailure))));
    }

    private void ready(Router.Target target, long deadlineNanos, ActionListener<String> listener) {
        String id = target.model();
        if (id != null && !target.node().equals(clusterService.localNode())) {
            listener.onResponse(id);
            return;
        }
        try {
            models.acquire(id, deadlineNanos, pool, ActionListener.map(listener, AnswerService::givenBack));
        } catch (RuntimeException e) {
            listener.onFailure(e);
        }
    }

    private static String givenBack(LoadedModel loaded) {
        loaded.decRef();
        return loaded.id();
    }

    /**
     * Asks a model: on the node that suits best, and on another if that one leaves before the answer is whole.
     *
     * @param task what; without a model's id for the default
     * @param partial told of the text while it is being written; null for nobody
     */
    public void ask(AnswerTask task, Origin origin, @Nullable AnswerListener partial, ActionListener<Answer> listener) {
        SlowLog.Watch watch = slowLog.watch(threadPool.getThreadContext(), origin.retrieveNanos());
        ActionListener<Answer> watched = ActionListener.map(listener, answer -> watch.seen(task, answer));
        boolean local = origin.preferLocal() != null ? origin.preferLocal() : preferLocal.getAsBoolean();
        AnswerTask mine = mine(task, threadPool.getThreadContext());
        pool.execute(ActionRunnable.wrap(
                back(watched),
                l -> new RoutedAnswer(router, loads, transport(), mine, origin, local, partial, l).start()));
    }

    /**
     * Asks the models of one node, all tasks at once: its engine computes them together. The listener gets one result for each task,
     * in order; it fails if the node cannot be asked, or leaves. A model that is not loaded there starts loading.
     *
     * @param tasks what, never empty; without a model's id for the default
     */
    public void askOn(
            DiscoveryNode node, List<AnswerTask> tasks, Origin origin, ActionListener<List<AnswerResult>> listener) {
        ThreadContext context = threadPool.getThreadContext();
        List<AnswerTask> mine = tasks.stream().map(task -> mine(task, context)).toList();
        SlowLog.Watch watch = slowLog.watch(context, origin.retrieveNanos());
        ActionListener<List<AnswerResult>> watched = ActionListener.map(listener, results -> {
            for (int i = 0; i < results.size(); i++) {
                Answer answer = results.get(i).answer();
                if (answer != null) {
                    watch.seen(tasks.get(i), answer);
                }
            }
            return results;
        });
        transport().ask(node, mine, true, origin.task(), null, back(watched));
    }

    /**
     * The caller's task. Users may read different documents of the same index, so that no user's prompts meet another's; and what they
     * ask is counted for them.
     */
    private static AnswerTask mine(AnswerTask task, ThreadContext context) {
        return task.of(Owner.sharer(context), Owner.of(context));
    }

    private AnswerTransport transport() {
        return Objects.requireNonNull(transport, "the node has not started yet");
    }

    /** In the caller's thread context, with failures as the REST layer wants them. */
    private <T> ActionListener<T> back(ActionListener<T> listener) {
        ActionListener<T> mapping = Errors.mapping(listener);
        return new ContextPreservingActionListener<>(
                threadPool.getThreadContext().newRestorableContext(true),
                ActionListener.delegateResponse(
                        mapping, (to, e) -> to.onFailure((Exception) ExceptionsHelper.unwrapCause(e))));
    }
}
