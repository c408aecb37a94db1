// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;

/** Somebody who waits for a model that comes back; told once, on an executor of its own. Thread-safe. */
final class Asker {
    private final Executor executor;
    /** Null once it is told, so that nothing of the request is kept until its time is over. */
    private final AtomicReference<@Nullable ActionListener<LoadedModel>> waiting;

    Asker(Executor executor, ActionListener<LoadedModel> listener) {
        this.executor = executor;
        this.waiting = new AtomicReference<>(listener);
    }

    /** Fails when so much time has passed. */
    void waitsFor(long nanos, Supplier<Exception> failure) {
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, Runnable::run)
                .execute(() -> fail(failure.get()));
    }

    /** The model's load has ended: hands it over, with a reference that is given back if nobody takes it. */
    void ended(String id, @Nullable LoadedModel loaded, @Nullable Exception failure) {
        if (failure == null && loaded != null && loaded.tryIncRef()) {
            hand(loaded);
        } else {
            fail(ModelUnavailableException.ofLoad(
                    id, failure == null ? new IllegalStateException("it was unloaded") : failure));
        }
    }

    private void hand(LoadedModel model) {
        ActionListener<LoadedModel> listener = waiting.getAndSet(null);
        if (listener == null) {
            model.decRef();
            return;
        }
        try {
            executor.execute(() -> listener.onResponse(model));
        } catch (RuntimeException e) {
            model.decRef();
            listener.onFailure(e);
        }
    }

    private void fail(Exception failure) {
        ActionListener<LoadedModel> listener = waiting.getAndSet(null);
        if (listener == null) {
            return;
        }
        try {
            executor.execute(() -> listener.onFailure(failure));
        } catch (RuntimeException e) {
            listener.onFailure(e);
        }
    }
}
