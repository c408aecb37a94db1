// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.models.Models;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/** Lists the models of the node that is asked. */
public final class ListModelsAction extends HandledTransportAction<ModelsRequest, ModelsResponse> {
    public static final ActionType<ModelsResponse> TYPE =
            new ActionType<>("cluster:monitor/generate/models", ModelsResponse::new);
    private final Models models;
    private final ThreadPool threadPool;

    @Inject
    public ListModelsAction(TransportService transport, ActionFilters filters, Models models, ThreadPool threadPool) {
        super(TYPE.name(), transport, filters, ModelsRequest::new);
        this.models = models;
        this.threadPool = threadPool;
    }

    @Override
    protected void doExecute(Task task, ModelsRequest request, ActionListener<ModelsResponse> listener) {
        threadPool
                .executor(Pools.ANSWER)
                .execute(ActionRunnable.supply(Errors.mapping(listener), () -> new ModelsResponse(models.list())));
    }
}
