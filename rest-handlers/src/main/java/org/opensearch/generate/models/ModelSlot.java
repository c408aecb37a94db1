// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.runner.LoadProgress;

/** A model somebody asked for. Fields without a note belong to the lock of {@link Models}. */
final class ModelSlot implements LoadProgress {
    private static final int LONGEST_RETRY_SECONDS = 60;
    /** How long a model is not tried again that was refused its memory. */
    static final int REFUSED_SECONDS = 10;

    private final long startNanos = System.nanoTime();
    final List<ActionListener<ModelInfo>> waiting = new ArrayList<>();
    final List<Asker> askers = new ArrayList<>();
    /** Whether it was unloaded since nobody used it: who asks for it now waits. */
    final boolean comesBack;

    State state = State.LOADING;

    @Nullable
    LoadedModel loaded;
    /** Why its load failed, and when. */
    @Nullable
    Exception failure;

    long failedNanos;
    /** Written by the loading thread. */
    volatile String progress = "waiting to be loaded";
    /** Written by the loading thread: the share that is done, 0 to 1. */
    private volatile double share;

    volatile boolean cancelled;

    ModelSlot(boolean comesBack) {
        this.comesBack = comesBack;
    }

    @Override
    public void step(String what, long done, long total) {
        if (cancelled) {
            throw new CancellationException();
        }
        share = total <= 0 ? 0 : (double) done / total;
        progress = what + ", " + Math.round(share * 100) + " percent";
    }

    /** Whether a request may find the memory by now that was not there. */
    boolean isTriedAgain() {
        return failure instanceof CircuitBreakingException
                && System.nanoTime() - failedNanos >= TimeUnit.SECONDS.toNanos(REFUSED_SECONDS);
    }

    /** What is left if it goes on at its pace. */
    int retryAfterSeconds() {
        double elapsed = (System.nanoTime() - startNanos) / 1e9;
        double left = share > 0.05 ? elapsed / share * (1 - share) : 5;
        return (int) Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(left)));
    }
}
