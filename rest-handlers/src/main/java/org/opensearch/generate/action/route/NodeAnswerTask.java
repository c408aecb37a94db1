// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.tasks.CancellableTask;

/**
 * The task of answers on the node that writes them: cancelling it ends them within a step. The task framework does so when the task
 * that asked is cancelled, and when the connection is lost over which it was asked.
 */
final class NodeAnswerTask extends CancellableTask {
    private final List<GenerationHandle> generations = new ArrayList<>();

    NodeAnswerTask(
            long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    /** An answer to cancel together with this task; at once if it is cancelled already. */
    void generating(GenerationHandle handle) {
        synchronized (generations) {
            generations.add(handle);
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
        stop();
    }

    /** Ends the answers. */
    void stop() {
        List<GenerationHandle> all;
        synchronized (generations) {
            all = List.copyOf(generations);
        }
        all.forEach(GenerationHandle::cancel);
    }
}
