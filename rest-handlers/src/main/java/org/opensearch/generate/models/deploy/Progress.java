// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import org.opensearch.generate.models.deploy.DeployTask.Phase;

/** Counts the bytes of a model that are there, for its task. Belongs to one thread. */
final class Progress {
    private final DeployTask task;
    private long doneBytes;
    private long totalBytes;

    Progress(DeployTask task) {
        this.task = task;
    }

    /** So many bytes are to come. */
    void total(long bytes) {
        totalBytes += bytes;
        task.ensureNotCancelled();
    }

    /** So many bytes are there. Throws if the task was cancelled. */
    void done(Phase phase, long bytes) {
        doneBytes += bytes;
        task.progress(phase, doneBytes, totalBytes);
    }

    /** What came since then was in vain. */
    void back(long doneBefore) {
        doneBytes = doneBefore;
    }

    long doneBytes() {
        return doneBytes;
    }

    long totalBytes() {
        return totalBytes;
    }
}
