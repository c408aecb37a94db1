// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.multi;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.generate.action.multi.MultiGenerateResponse.Item;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.opensearch.transport.client.node.NodeClient;

/** Answers many questions, {@value #AT_ONCE} at a time; one that fails is marked and the others go on. */
public final class TransportMultiGenerateAction
        extends HandledTransportAction<MultiGenerateRequest, MultiGenerateResponse> {
    public static final ActionType<MultiGenerateResponse> TYPE =
            new ActionType<>("indices:data/read/mgenerate", MultiGenerateResponse::new);

    /** Enough to fill the engine's batches, few enough to leave room in its queue. */
    private static final int AT_ONCE = 16;

    private final NodeClient client;
    private final ClusterService clusterService;

    @Inject
    public TransportMultiGenerateAction(
            TransportService transport, ActionFilters filters, NodeClient client, ClusterService clusterService) {
        super(TYPE.name(), transport, filters, MultiGenerateRequest::new);
        this.client = client;
        this.clusterService = clusterService;
    }

    @Override
    protected void doExecute(Task task, MultiGenerateRequest request, ActionListener<MultiGenerateResponse> listener) {
        Run run = new Run((CancellableTask) task, request, listener);
        int first = Math.min(AT_ONCE, request.requests().size());
        for (int i = 0; i < first; i++) {
            run.next();
        }
    }

    /** One request on its way: whoever finishes a question begins the next. */
    private final class Run {
        private final long startNanos = System.nanoTime();
        private final CancellableTask task;
        private final MultiGenerateRequest request;
        private final ActionListener<MultiGenerateResponse> listener;
        private final ParentTaskAssigningClient children;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private final AtomicReferenceArray<Item> items;

        Run(CancellableTask task, MultiGenerateRequest request, ActionListener<MultiGenerateResponse> listener) {
            this.task = task;
            this.request = request;
            this.listener = listener;
            this.children = new ParentTaskAssigningClient(client, clusterService.localNode(), task);
            this.left = new AtomicInteger(request.requests().size());
            this.items = new AtomicReferenceArray<>(request.requests().size());
        }

        void next() {
            int at = next.getAndIncrement();
            if (at >= items.length()) {
                return;
            }
            if (task.isCancelled()) {
                done(at, null, Errors.cancelled(task));
                return;
            }
            children.execute(
                    TransportGenerateAction.TYPE,
                    request.requests().get(at),
                    ActionListener.wrap(response -> done(at, response, null), e -> done(at, null, e)));
        }

        private void done(int at, @Nullable GenerateResponse response, @Nullable Exception failure) {
            items.set(at, new Item(response, failure));
            if (left.decrementAndGet() > 0) {
                next();
                return;
            }
            long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            List<Item> all =
                    IntStream.range(0, items.length()).mapToObj(items::get).toList();
            listener.onResponse(new MultiGenerateResponse(took, all));
        }
    }
}
