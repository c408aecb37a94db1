// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/** Removes a kept answer of the caller's, and stops it if it is being written. */
public final class DeleteAnswerAction extends HandledTransportAction<KeptAnswerRequest, AcknowledgedResponse> {
    public static final ActionType<AcknowledgedResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/answers/delete", AcknowledgedResponse::new);

    private final KeptAnswers answers;
    private final Keepers keepers;
    private final ThreadPool threadPool;

    @Inject
    public DeleteAnswerAction(
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
    protected void doExecute(Task task, KeptAnswerRequest request, ActionListener<AcknowledgedResponse> listener) {
        String owner = Owner.of(request, threadPool.getThreadContext());
        if (!keepers.isHere(request)) {
            keepers.ask(TYPE.name(), request, task, owner, AcknowledgedResponse::new, listener);
            return;
        }
        answers.remove(request.id(), owner);
        listener.onResponse(new AcknowledgedResponse(true));
    }
}
