// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import org.opensearch.core.common.breaker.CircuitBreakingException;

/** A model was asked for whose last load, or whose deployment to this node, failed. */
public final class ModelUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int retryAfterSeconds;

    private ModelUnavailableException(String message, int retryAfterSeconds) {
        super(message);
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** Why a load failed: for want of memory, which may be there soon, or for good. */
    static ModelUnavailableException ofLoad(String id, Exception failure) {
        String message = "model [" + id + "] could not be loaded: " + failure.getMessage();
        return failure instanceof CircuitBreakingException
                ? new ModelUnavailableException(
                        message + "; a request in " + ModelSlot.REFUSED_SECONDS + " seconds tries again",
                        ModelSlot.REFUSED_SECONDS)
                : new ModelUnavailableException(
                        message + "; POST /_plugins/_generate/models/" + id + "/_load tries again", 0);
    }

    static ModelUnavailableException ofDeployment(String id, String error) {
        return new ModelUnavailableException(
                "model [" + id + "] could not be brought to this node: " + error + "; PUT /_plugins/_generate/models/"
                        + id + " tries again",
                0);
    }

    /** When a request tries to load it again; 0 if none does. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
