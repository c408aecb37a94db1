// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.models.ModelInfo.Download;
import org.opensearch.threadpool.Scheduler.Cancellable;

/**
 * What is wanted of one model id on this node, what is there, and what to do next. Belongs to the lock of {@link NodeDeployments},
 * but for {@link #download()}.
 */
final class Place {
    private static final TimeValue FIRST_RETRY = TimeValue.timeValueSeconds(10);
    private static final int MOST_DOUBLINGS = 6;
    private static final long NEVER = -1;

    /** What to do next. */
    enum Step {
        NOTHING,
        /** Unload and delete what is there. */
        REMOVE,
        /** Fetch, check and load what is wanted. */
        BRING
    }

    private @Nullable Deployment wanted;
    /** The deployment whose model is here, or partly here, or on its way. */
    private @Nullable String present;
    /** Whether something lies here from before the node started. */
    private boolean leftover;
    /** The revision of what is wanted that was brought, or failed and waits for its next try. */
    private long settled = NEVER;

    private int failures;
    private boolean hopeless;
    private boolean cancelled;
    private boolean there;
    private @Nullable Cancellable retry;
    private volatile @Nullable DeployTask task;

    Place(boolean leftover) {
        this.leftover = leftover;
    }

    /**
     * Notes what is wanted after a change of the cluster that may help where something failed.
     *
     * @return whether the model is not here and will be brought
     */
    boolean want(@Nullable Deployment deployment) {
        Deployment before = wanted;
        wanted = deployment;
        if (before == null || deployment == null || !before.uuid().equals(deployment.uuid())) {
            if (before != null) {
                interrupt("the deployment was deleted, or is no longer for this node");
            }
            reset();
            if (present == null && deployment != null) {
                present = deployment.uuid();
            }
            return deployment != null;
        }
        boolean failing = failures > 0;
        if (before.revision() != deployment.revision() || (failing && !hopeless)) {
            reset();
            return failing;
        }
        return false;
    }

    private void reset() {
        settled = NEVER;
        failures = 0;
        hopeless = false;
        retry(null);
    }

    /** Tries again what failed. */
    void again() {
        if (failures > 0) {
            settled = NEVER;
        }
    }

    /** Notes what will try again, in the place of what would have. */
    void retry(@Nullable Cancellable next) {
        Cancellable before = retry;
        if (before != null) {
            before.cancel();
        }
        retry = next;
    }

    Step next() {
        Deployment goal = wanted;
        boolean other = present != null && (goal == null || !goal.uuid().equals(present));
        boolean useless = leftover && (goal == null || goal.source().kind() == DeploymentSource.Kind.FILE);
        if (other || useless) {
            return Step.REMOVE;
        }
        return goal == null || settled == goal.revision() ? Step.NOTHING : Step.BRING;
    }

    boolean isEmpty() {
        return wanted == null && present == null && !leftover;
    }

    @Nullable
    Deployment wanted() {
        return wanted;
    }

    /** Nothing is here any more. Returns whether something is wanted. */
    boolean removed() {
        present = wanted == null ? null : wanted.uuid();
        leftover = false;
        return wanted != null;
    }

    /** The task starts to bring a deployment. Returns false if that is not wanted any more. */
    boolean begin(Deployment deployment, DeployTask worker) {
        if (!isWanted(deployment)) {
            return false;
        }
        leftover = false;
        task = worker;
        return true;
    }

    /** The task has come to its end. */
    void end(DeployTask worker) {
        cancelled = worker.isCancelled();
        there = !cancelled && worker.getStatus().phase() == DeployTask.Phase.LOADING;
        task = null;
    }

    /** A deployment is here and loaded. */
    void succeeded(Deployment deployment) {
        settled = deployment.revision();
        failures = 0;
    }

    /** A deployment could not be brought. Returns false if it is not wanted any more. */
    boolean failed(Deployment deployment, boolean inVain) {
        if (!isWanted(deployment)) {
            return false;
        }
        settled = deployment.revision();
        failures++;
        hopeless = inVain || cancelled;
        return true;
    }

    private boolean isWanted(Deployment deployment) {
        return wanted != null && wanted.uuid().equals(deployment.uuid());
    }

    /** Whether the last task was cancelled. */
    boolean isCancelled() {
        return cancelled;
    }

    /** Whether the last task brought the files, so that only loading them can have failed. */
    boolean isThere() {
        return there;
    }

    /** Stops the task that is under way. */
    void interrupt(String reason) {
        DeployTask running = task;
        if (running != null) {
            running.cancel(reason);
        }
    }

    /** When what failed is tried again by itself; empty for not at all. */
    Optional<TimeValue> retryDelay() {
        int doublings = Math.min(MOST_DOUBLINGS, Math.max(0, failures - 1));
        return hopeless ? Optional.empty() : Optional.of(TimeValue.timeValueMillis(FIRST_RETRY.millis() << doublings));
    }

    /** How far the model is. */
    Download download() {
        DeployTask running = task;
        return running == null ? Download.WAITING : running.getStatus().download();
    }
}
