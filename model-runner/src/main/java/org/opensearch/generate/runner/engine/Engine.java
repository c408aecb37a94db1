// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.model.Model;

/** Serves one model: many requests at once, on one thread of its own. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester") // until the scheduler has landed
public final class Engine implements AutoCloseable {
    private final Model model;

    /**
     * Starts the engine's thread.
     *
     * @param name the model's name, part of the thread's name
     * @param model what computes; stays the caller's, who closes it after the engine
     * @param tokenizer turns tokens into text
     * @param options limits
     */
    public Engine(String name, Model model, Tokenizer tokenizer, EngineOptions options) {
        this.model = model;
    }

    /**
     * Hands a request in; never waits.
     *
     * @throws PromptTooLongException if the prompt can never fit
     * @throws OverloadedException if too many requests wait
     * @throws IllegalArgumentException if the request is malformed
     * @throws IllegalStateException if the engine is closed
     */
    public GenerationHandle submit(GenerationRequest request, GenerationListener listener) {
        throw new IllegalStateException("the engine of " + model.config().name() + " is closed");
    }

    /** How the engine stands. */
    public EngineStats stats() {
        throw new IllegalStateException("the engine of " + model.config().name() + " is closed");
    }

    /** Cancels what runs and waits, and ends the engine's thread. Listeners have been told when this returns. */
    @Override
    public void close() {}
}
