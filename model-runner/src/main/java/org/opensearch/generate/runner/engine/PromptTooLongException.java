// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** A prompt that can never fit: more tokens than the model's context or the engine's KV pages hold. */
public final class PromptTooLongException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PromptTooLongException(int promptTokens, int limit) {
        super("the prompt has " + promptTokens + " tokens, at most " + limit + " fit");
    }
}
