// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.node.NodeClient;

/** Begins an answer, with the caller's rights, and tells its id. */
public final class SubmitAnswerAction extends HandledTransportAction<GenerateRequest, KeptAnswerResponse> {
    public static final ActionType<KeptAnswerResponse> TYPE =
            new ActionType<>("indices:data/read/generate/async", KeptAnswerResponse::new);

    private final KeptAnswers answers;
    private final TransportService transport;
    private final NodeClient client;
    private final ThreadPool threadPool;

    @Inject
    public SubmitAnswerAction(
            TransportService transport,
            ActionFilters filters,
            KeptAnswers answers,
            NodeClient client,
            ThreadPool threadPool) {
        super(TYPE.name(), transport, filters, GenerateRequest::new);
        this.transport = transport;
        this.answers = answers;
        this.client = client;
        this.threadPool = threadPool;
    }

    @Override
    protected void doExecute(Task task, GenerateRequest request, ActionListener<KeptAnswerResponse> listener) {
        ActionListener.completeWith(listener, () -> {
            KeptAnswer answer = answers.begin(Owner.of(threadPool.getThreadContext()));
            try {
                Task writing = client.executeLocally(TransportGenerateAction.TYPE, request.progress(answer), answer);
                answer.cancelBy(() -> cancel((CancellableTask) writing));
            } catch (RuntimeException e) {
                answer.onFailure(e);
            }
            return answer.since(0);
        });
    }

    private void cancel(CancellableTask writing) {
        transport
                .getTaskManager()
                .cancelTaskAndDescendants(writing, "its answer was deleted", false, ActionListener.wrap(() -> {}));
    }
}
