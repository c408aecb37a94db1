// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.support.ChannelActionListener;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.AbstractRunnable;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.action.route.AnswerRequest.TextTo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.ActionNotFoundTransportException;
import org.opensearch.transport.ReceiveTimeoutTransportException;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportException;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportResponseHandler;
import org.opensearch.transport.TransportService;

/**
 * Carries tasks to the node that answers them, and answers back.
 *
 * <h2>Idea</h2>
 * The node that asks is asked in the same way as any other, without a message: so each answer has a task of its own, a child of the
 * task that wants it, which the task framework cancels with it wherever it runs.
 *
 * <h2>Threads</h2>
 * All work is done on the answer pool; transport threads only hand on to it.
 */
public final class AnswerTransport extends AbstractLifecycleComponent {
    /** Answers tasks. */
    static final String ANSWER = "indices:data/read/generate[answer]";
    /** Tells how busy its models are. */
    static final String LOAD = "cluster:monitor/generate/load";
    /** Takes partial text back. */
    static final String TEXT = "indices:data/read/generate[text]";

    /** How long after a task's deadline its node may take to say so. */
    private static final TimeValue GRACE = TimeValue.timeValueSeconds(10);
    /** How long a node may take to say how busy it is. */
    static final TimeValue LOAD_LIMIT = TimeValue.timeValueSeconds(2);
    /** How long it may take to say anything while it owes answers. */
    private static final TimeValue SIGN_LIMIT = TimeValue.timeValueSeconds(5);
    /** How long a node may take to receive partial text. */
    private static final TimeValue TEXT_LIMIT = TimeValue.timeValueSeconds(30);

    private final TransportService transport;
    private final ClusterService clusterService;
    private final ThreadContext threadContext;
    private final Executor pool;
    private final NodeAnswers answers;
    private final Heartbeats heartbeats;
    /** Who waits for partial text. */
    private final Map<Long, AnswerListener> streams = new ConcurrentHashMap<>();

    private final AtomicLong lastStream = new AtomicLong();

    /** Registers what other nodes may ask, and gives {@code service} its way to them. */
    @Inject
    public AnswerTransport(
            TransportService transport,
            ClusterService clusterService,
            ThreadPool threadPool,
            Models models,
            AnswerService service) {
        this.transport = transport;
        this.clusterService = clusterService;
        this.threadContext = threadPool.getThreadContext();
        this.pool = threadPool.executor(Pools.ANSWER);
        this.answers = new NodeAnswers(models, pool);
        this.heartbeats = new Heartbeats(
                this::signOfLife,
                (delay, what) -> threadPool.scheduleUnlessShuttingDown(delay, ThreadPool.Names.GENERIC, what));
        transport.registerRequestHandler(ANSWER, Pools.ANSWER, AnswerRequest::new, this::answer);
        transport.registerRequestHandler(
                TEXT, Pools.ANSWER, true, false, AnswerText::new, (message, channel, task) -> text(message, channel));
        transport.registerRequestHandler(
                LOAD,
                Pools.ANSWER,
                NodeLoad.Request::new,
                (request, channel, task) -> channel.sendResponse(NodeLoad.of(models)));
        service.through(this);
    }

    /**
     * Asks a node.
     *
     * @param tasks what, never empty
     * @param mayLoad whether a model that is not loaded there starts loading
     * @param parent the task that wants the answers; null for none
     * @param partial told of the text of the only task while it is being written; null for nobody
     * @param listener told on the answer pool; fails if the node cannot be asked, leaves, or gives no sign of life any more
     */
    void ask(
            DiscoveryNode node,
            List<AnswerTask> tasks,
            boolean mayLoad,
            @Nullable Task parent,
            @Nullable AnswerListener partial,
            ActionListener<List<AnswerResult>> listener) {
        TextTo textTo = null;
        ActionListener<AnswerResults> end = ActionListener.map(listener, AnswerResults::results);
        if (partial != null) {
            long stream = lastStream.incrementAndGet();
            streams.put(stream, partial);
            textTo = new TextTo(clusterService.localNode().getId(), stream);
            end = ActionListener.runBefore(end, () -> streams.remove(stream));
        }
        AnswerRequest request = new AnswerRequest(tasks, mayLoad, textTo, partial);
        if (parent != null) {
            request.setParentTask(clusterService.localNode().getId(), parent.getId());
        }
        TransportRequestOptions options =
                TransportRequestOptions.builder().withTimeout(limit(tasks)).build();
        transport.sendRequest(node, ANSWER, request, options, handler(AnswerResults::new, watched(node, end)));
    }

    /** A listener that fails when the node gives no sign of life any more. */
    private ActionListener<AnswerResults> watched(DiscoveryNode node, ActionListener<AnswerResults> listener) {
        if (node.equals(clusterService.localNode())) {
            return listener;
        }
        ActionListener<AnswerResults> once = ActionListener.notifyOnce(listener);
        Releasable watch = heartbeats.watch(
                node,
                () -> hand(
                        () -> once.onFailure(
                                new ReceiveTimeoutTransportException(node, ANSWER, "gives no sign of life any more")),
                        once::onFailure));
        return ActionListener.runBefore(once, watch::close);
    }

    private void signOfLife(DiscoveryNode node, Consumer<Boolean> alive) {
        load(
                node,
                SIGN_LIMIT,
                ActionListener.wrap(
                        load -> alive.accept(true),
                        e -> alive.accept(
                                !(ExceptionsHelper.unwrapCause(e) instanceof ReceiveTimeoutTransportException))));
    }

    /** Asks a node how busy its models are; one that lacks this plugin has none. */
    void load(DiscoveryNode node, ActionListener<NodeLoad> listener) {
        load(node, LOAD_LIMIT, ActionListener.wrap(listener::onResponse, e -> {
            if (ExceptionsHelper.unwrapCause(e) instanceof ActionNotFoundTransportException) {
                listener.onResponse(new NodeLoad(Map.of()));
            } else {
                listener.onFailure(e);
            }
        }));
    }

    private void load(DiscoveryNode node, TimeValue limit, ActionListener<NodeLoad> listener) {
        TransportRequestOptions options =
                TransportRequestOptions.builder().withTimeout(limit).build();
        transport.sendRequest(node, LOAD, new NodeLoad.Request(), options, handler(NodeLoad::new, listener));
    }

    /** The last deadline and some more, after which the node is taken for dead. */
    private static TimeValue limit(List<AnswerTask> tasks) {
        long now = System.nanoTime();
        long most = 0;
        for (AnswerTask task : tasks) {
            most = Math.max(most, task.deadlineNanos() - now);
        }
        return TimeValue.timeValueMillis(TimeUnit.NANOSECONDS.toMillis(most) + GRACE.millis());
    }

    /** A request of another node's, or of this one's. */
    private void answer(AnswerRequest request, TransportChannel channel, Task task) {
        NodeAnswerTask answering = (NodeAnswerTask) task;
        ActionListener<AnswerResults> respond = new ChannelActionListener<>(channel, ANSWER, request);
        TextTo textTo = request.textTo();
        if (textTo == null || request.partial() != null) {
            answers.answer(request, answering, request.partial(), respond);
            return;
        }
        DiscoveryNode asking = clusterService.state().nodes().get(textTo.node());
        if (asking == null) {
            throw new ResourceNotFoundException("the node [{}] that asks is not in the cluster", textTo.node());
        }
        Supplier<ThreadContext.StoredContext> asker = threadContext.newRestorableContext(false);
        TextSender.Wire wire = (message, listener) -> {
            ThreadContext.StoredContext mine = asker.get();
            try {
                sendText(asking, message, listener);
            } finally {
                mine.close();
            }
        };
        TextSender sender = new TextSender(textTo.stream(), wire, answering::stop);
        answers.answer(
                request,
                answering,
                sender,
                ActionListener.wrap(results -> sender.finish(() -> respond.onResponse(results)), respond::onFailure));
    }

    private void sendText(DiscoveryNode asking, AnswerText message, ActionListener<Void> listener) {
        TransportRequestOptions options =
                TransportRequestOptions.builder().withTimeout(TEXT_LIMIT).build();
        transport.sendRequest(
                asking,
                TEXT,
                message,
                options,
                handler(in -> TransportResponse.Empty.INSTANCE, ActionListener.map(listener, empty -> null)));
    }

    /** Partial text of an answer that another node writes. */
    private void text(AnswerText message, TransportChannel channel) throws IOException {
        AnswerListener partial = streams.get(message.stream());
        if (partial == null) {
            throw new ResourceNotFoundException("nobody waits for this answer any more");
        }
        if (message.first()) {
            partial.onStarted(message.id(), message.model());
        }
        if (!message.text().isEmpty()
                || !message.citations().isEmpty()
                || !message.logprobs().isEmpty()) {
            partial.onText(message.text(), message.citations(), message.logprobs());
        }
        channel.sendResponse(TransportResponse.Empty.INSTANCE);
    }

    private <T extends TransportResponse> TransportResponseHandler<T> handler(
            Writeable.Reader<T> reader, ActionListener<T> listener) {
        return new TransportResponseHandler<>() {
            @Override
            public T read(StreamInput in) throws IOException {
                return reader.read(in);
            }

            @Override
            public String executor() {
                return ThreadPool.Names.SAME;
            }

            @Override
            public void handleResponse(T response) {
                hand(() -> listener.onResponse(response), listener::onFailure);
            }

            @Override
            public void handleException(TransportException e) {
                hand(() -> listener.onFailure(e), listener::onFailure);
            }

            @Override
            public void handleRejection(Exception e) {
                listener.onFailure(e);
            }
        };
    }

    /** To the answer pool, even where its queue is full: what was asked for must get its reply. */
    private void hand(Runnable what, Consumer<Exception> whenFailed) {
        pool.execute(new AbstractRunnable() {
            @Override
            protected void doRun() {
                what.run();
            }

            @Override
            public void onFailure(Exception e) {
                whenFailed.accept(e);
            }

            @Override
            public boolean isForceExecution() {
                return true;
            }
        });
    }

    @Override
    protected void doStart() {}

    @Override
    protected void doStop() {}

    @Override
    protected void doClose() {}
}
