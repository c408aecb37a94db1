// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

/** A model was asked for whose last load failed. */
public final class ModelUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ModelUnavailableException(String id, String error) {
        super("model [" + id + "] could not be loaded: " + error + "; POST /_plugins/_generate/models/" + id
                + "/_load tries again");
    }
}
