// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Pools;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/** Reads a kept answer of the caller's; waits without a thread. */
public final class GetAnswerAction extends HandledTransportAction<KeptAnswerRequest, KeptAnswerResponse> {
    public static final ActionType<KeptAnswerResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/answers/get", KeptAnswerResponse::new);

    private final KeptAnswers answers;
    private final Keepers keepers;
    private final ThreadPool threadPool;

    @Inject
    public GetAnswerAction(
            TransportService transport,
            ActionFilters filters,
            ClusterService clusterService,
            KeptAnswers answers,
            ThreadPool threadPool) {
        super(TYPE.name(), transport, filters, KeptAnswerRequest::new);
        this.answers = answers;
        this.keepers = new Keepers(transport, clusterService);
        this.threadPool = threadPool;
    }

    @Override
    protected void doExecute(Task task, KeptAnswerRequest request, ActionListener<KeptAnswerResponse> listener) {
        String owner = Owner.of(request, threadPool.getThreadContext());
        if (!keepers.isHere(request)) {
            keepers.ask(TYPE.name(), request, task, owner, KeptAnswerResponse::new, listener);
            return;
        }
        KeptAnswer answer = answers.get(request.id(), owner);
        if (request.waiting().millis() == 0) {
            listener.onResponse(answer.since(request.after()));
            return;
        }
        ActionListener<KeptAnswerResponse> back = new ContextPreservingActionListener<>(
                threadPool.getThreadContext().newRestorableContext(true), listener);
        if (answer.read(request.after(), back)) {
            threadPool.schedule(() -> answer.leave(back), request.waiting(), Pools.ANSWER);
        }
    }
}
