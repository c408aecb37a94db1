// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

/** A model was asked for whose last load, or whose deployment to this node, failed. */
public final class ModelUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private ModelUnavailableException(String message) {
        super(message);
    }

    static ModelUnavailableException ofLoad(String id, String error) {
        return new ModelUnavailableException("model [" + id + "] could not be loaded: " + error
                + "; POST /_plugins/_generate/models/" + id + "/_load tries again");
    }

    static ModelUnavailableException ofDeployment(String id, String error) {
        return new ModelUnavailableException("model [" + id + "] could not be brought to this node: " + error
                + "; PUT /_plugins/_generate/models/" + id + " tries again");
    }
}
