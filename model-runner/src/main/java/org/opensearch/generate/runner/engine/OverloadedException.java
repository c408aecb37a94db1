// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.function.IntSupplier;

/** The engine's queue is full, or a user's limits are reached; try again after {@link #retryAfterSeconds()}. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient IntSupplier retryAfter;
    private int retryAfterSeconds;

    /** One that knows its seconds, at least 1. */
    public OverloadedException(String message, int retryAfterSeconds) {
        this(message, () -> retryAfterSeconds);
    }

    /** One that asks for its seconds only when somebody is told: a place is promised then, to nobody else. */
    OverloadedException(String message, IntSupplier retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    /** When there will be a place, by the engine's own pace; at least 1, and the same whenever it is asked. */
    public synchronized int retryAfterSeconds() {
        if (retryAfterSeconds == 0) {
            retryAfterSeconds = retryAfter.getAsInt();
        }
        return retryAfterSeconds;
    }
}
