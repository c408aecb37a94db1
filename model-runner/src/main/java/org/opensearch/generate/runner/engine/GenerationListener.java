// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/**
 * Told of an answer as it grows, on the engine's thread: must return at once. Exactly one of the last two is called, last. Text
 * that was still held back when the answer ended is the rest of {@link Generation#text()}.
 */
public interface GenerationListener {
    /** A token was accepted; {@code text} is what it makes certain, stop texts already held back, often empty. */
    default void onToken(GeneratedToken token, String text) {}

    /** The answer is complete, also after a timeout or a cancel. */
    void onFinished(Generation generation);

    /** The request failed. */
    void onFailure(Exception failure);
}
