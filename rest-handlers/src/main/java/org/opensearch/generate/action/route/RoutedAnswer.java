// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.node.NodeClosedException;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.transport.TransportException;

/**
 * One task on its way to a node, and to another if that one leaves or cannot take it.
 *
 * <h2>Threads</h2>
 * Each step runs on the answer pool and ends by handing on; there is one at a time.
 */
final class RoutedAnswer {
    private static final int MOST_TRIES = 2;

    private final Router router;
    private final NodeLoads loads;
    private final AnswerTransport transport;
    private final AnswerTask task;
    private final AnswerService.Origin origin;
    private final boolean preferLocal;
    private final @Nullable ContinuedText text;
    private final ActionListener<Answer> listener;
    /** Names by id, in the order in which they were tried. */
    private final Map<String, String> tried = new LinkedHashMap<>();
    /** A node that was lost, and how. */
    private @Nullable String lost;

    RoutedAnswer(
            Router router,
            NodeLoads loads,
            AnswerTransport transport,
            AnswerTask task,
            AnswerService.Origin origin,
            boolean preferLocal,
            @Nullable AnswerListener partial,
            ActionListener<Answer> listener) {
        this.router = router;
        this.loads = loads;
        this.transport = transport;
        this.task = task;
        this.origin = origin;
        this.preferLocal = preferLocal;
        this.text = partial == null ? null : new ContinuedText(partial);
        this.listener = listener;
    }

    /** Asks. */
    void start() {
        next(null);
    }

    /** @param failure why the node before did not answer; null for the first */
    private void next(@Nullable Exception failure) {
        Router.Wanted wanted = new Router.Wanted(
                task.options().model(),
                model -> NodeChoice.affinity(model, task),
                preferLocal,
                Set.copyOf(tried.keySet()));
        router.find(wanted, ActionListener.wrap(target -> send(target, failure), listener::onFailure));
    }

    private void send(Optional<Router.Target> found, @Nullable Exception failure) {
        if (found.isEmpty()) {
            fail(Objects.requireNonNull(failure), "no other node has loaded it");
            return;
        }
        Router.Target target = found.get();
        DiscoveryNode node = target.node();
        String model = Objects.requireNonNullElse(target.model(), "");
        tried.put(node.getId(), node.getName());
        loads.sent(node, model, 1);
        transport.ask(
                node,
                List.of(target.model() == null ? task : task.withModel(model)),
                target.mayLoad(),
                origin.task(),
                text == null ? null : text.next(),
                ActionListener.runBefore(
                        ActionListener.wrap(
                                results -> ended(node, results.getFirst()),
                                e -> failed(node, (Exception) ExceptionsHelper.unwrapCause(e))),
                        () -> loads.back(node, model, 1)));
    }

    private void ended(DiscoveryNode node, AnswerResult result) {
        Answer answer = result.answer();
        if (answer == null) {
            failed(node, Objects.requireNonNull(result.failure()));
        } else if (text != null && text.differs()) {
            listener.onFailure(new OpenSearchStatusException(
                    "model [{}]: nodes {} write different answers to one request; they must load the same model with the same settings",
                    RestStatus.INTERNAL_SERVER_ERROR,
                    answer.model(),
                    tried.values()));
        } else {
            String id = text == null ? null : text.id();
            listener.onResponse(id == null ? answer : answer.withId(id));
        }
    }

    private void failed(DiscoveryNode node, Exception e) {
        if (origin.task() instanceof CancellableTask asking && asking.isCancelled()) {
            listener.onFailure(Errors.cancelled(asking));
            return;
        }
        boolean gone = isGone(e);
        if (gone) {
            lost = "node [" + node.getName() + "] was lost during the answer (" + e.getMessage() + ")";
        }
        RestStatus status = ExceptionsHelper.status(e);
        boolean unable = !(e instanceof TaskCancelledException) && status == RestStatus.SERVICE_UNAVAILABLE;
        boolean elsewhere = gone || unable || status == RestStatus.TOO_MANY_REQUESTS;
        if (gone || unable) {
            loads.distrust(node);
        }
        boolean time = task.deadlineNanos() - System.nanoTime() > 0;
        if (elsewhere && time && tried.size() < MOST_TRIES) {
            next(e);
        } else {
            fail(e, time ? "no more than " + MOST_TRIES + " nodes are tried" : "its time is over");
        }
    }

    /** Says what was tried, if a node was lost; else what the last node said. */
    private void fail(Exception last, String why) {
        if (text != null) {
            text.close();
        }
        if (lost == null) {
            listener.onFailure(last);
            return;
        }
        OpenSearchException failure = new OpenSearchStatusException(
                "model [{}]: {}; tried {}; {}",
                RestStatus.SERVICE_UNAVAILABLE,
                last,
                Objects.requireNonNullElse(task.options().model(), "default"),
                lost,
                tried.values(),
                why);
        failure.addHeader("Retry-After", "1");
        listener.onFailure(failure);
    }

    private static boolean isGone(Exception e) {
        return e instanceof TransportException || e instanceof NodeClosedException;
    }
}
