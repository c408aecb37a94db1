// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.List;
import java.util.Objects;
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

/** Loads a model on the node that is asked, and answers when it is loaded. */
public final class LoadModelAction extends HandledTransportAction<ModelsRequest, ModelsResponse> {
    public static final ActionType<ModelsResponse> TYPE =
            new ActionType<>("cluster:admin/generate/models/load", ModelsResponse::new);
    private final Models models;
    private final ThreadPool threadPool;

    @Inject
    public LoadModelAction(TransportService transport, ActionFilters filters, Models models, ThreadPool threadPool) {
        super(TYPE.name(), transport, filters, ModelsRequest::new);
        this.models = models;
        this.threadPool = threadPool;
    }

    @Override
    protected void doExecute(Task task, ModelsRequest request, ActionListener<ModelsResponse> listener) {
        String id = Objects.requireNonNull(request.id());
        ActionListener<ModelsResponse> mapped = Errors.mapping(listener);
        threadPool
                .executor(Pools.ANSWER)
                .execute(ActionRunnable.wrap(
                        mapped,
                        l -> models.load(id, ActionListener.map(l, info -> new ModelsResponse(List.of(info))))));
    }
}
