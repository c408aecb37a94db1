// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** The engine takes no more requests, since its model is being unloaded. */
public final class EngineClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** @param model the model's name */
    EngineClosedException(String model) {
        super("model " + model + " is being unloaded");
    }
}
