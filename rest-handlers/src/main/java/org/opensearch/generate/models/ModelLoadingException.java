// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

/** A model was asked for while it is being loaded; try again after {@link #retryAfterSeconds()}. */
public final class ModelLoadingException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int retryAfterSeconds;

    ModelLoadingException(String id, String progress, int retryAfterSeconds) {
        super("model [" + id + "] is loading (" + progress + ")");
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** When it is likely to be loaded, at least 1. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
