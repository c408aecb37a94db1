// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.tasks.CancellableTask;

/** The task of a question: cancelling it cancels its search and its answer. */
public final class GenerateTask extends CancellableTask {
    private @Nullable GenerationHandle generation;

    GenerateTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /** The answer to cancel together with this task; at once if it is cancelled already. */
    void generating(GenerationHandle handle) {
        synchronized (this) {
            generation = handle;
        }
        if (isCancelled()) {
            handle.cancel();
        }
    }

    @Override
    public boolean shouldCancelChildrenOnCancellation() {
        return true;
    }

    @Override
    protected void onCancelled() {
        GenerationHandle handle;
        synchronized (this) {
            handle = generation;
        }
        if (handle != null) {
            handle.cancel();
        }
    }
}
