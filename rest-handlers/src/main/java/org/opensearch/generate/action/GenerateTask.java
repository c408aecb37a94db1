// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.Map;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;

/** The task of a question: cancelling it cancels its search and its answer. */
public final class GenerateTask extends CancellableTask {
    GenerateTask(long id, String type, String action, String description, TaskId parent, Map<String, String> headers) {
        super(id, type, action, description, parent, headers);
    }

    @Override
    public boolean shouldCancelChildrenOnCancellation() {
        return true;
    }
}
