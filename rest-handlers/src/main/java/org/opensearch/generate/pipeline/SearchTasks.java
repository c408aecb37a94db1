// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/**
 * Remembers the task of each search in its thread context. Search processors are not told of it, and need it so that what they ask of
 * models is cancelled with the search, and ends when its client leaves.
 */
final class SearchTasks implements ActionFilter {
    private static final String TASK = "_generate_search_task";

    private final ThreadContext threadContext;

    /** @param threadContext the node's */
    SearchTasks(ThreadContext threadContext) {
        this.threadContext = threadContext;
    }

    /** The task of the search on whose behalf this thread works; null for none. */
    @Nullable
    Task current() {
        return threadContext.getTransient(TASK);
    }

    @Override
    public int order() {
        return Integer.MAX_VALUE;
    }

    @Override
    public <Request extends ActionRequest, Response extends ActionResponse> void apply(
            Task task,
            String action,
            Request request,
            ActionRequestMetadata<Request, Response> metadata,
            ActionListener<Response> listener,
            ActionFilterChain<Request, Response> chain) {
        if (!action.equals(SearchAction.NAME)) {
            chain.proceed(task, action, request, listener);
            return;
        }
        ThreadContext.StoredContext before = threadContext.newStoredContext(true, List.of(TASK));
        try {
            threadContext.putTransient(TASK, task);
            chain.proceed(task, action, request, listener);
        } finally {
            before.close();
        }
    }
}
