// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** The engine's queue is full; try again after {@link #retryAfterSeconds()}. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int retryAfterSeconds;

    public OverloadedException(String message, int retryAfterSeconds) {
        super(message);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** When a place is likely to be free, measured from the engine's own pace; at least 1. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
