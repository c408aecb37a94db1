// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.OptionalInt;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.GuideState;
import org.opensearch.generate.runner.guide.TokenMask;
import org.opensearch.generate.runner.guide.TokenMasks;

/** Where one answer stands in its language. Owned by the engine's thread; {@link #mask} and {@link #forced} may be asked by helpers. */
final class Guided {
    private final Guide guide;
    private final TokenMasks masks;
    private GuideState state;

    /** @param strippedSpaces how many spaces the tokenizer leaves out where a text begins */
    Guided(Guide guide, TokenMasks masks, int strippedSpaces) {
        this.guide = guide;
        this.masks = masks;
        this.state = guide.start(strippedSpaces);
    }

    /** The answer goes on by a token. */
    void accept(byte[] bytes) {
        state = state.after(bytes)
                .orElseThrow(() -> new IllegalStateException("a token has left the language of its answer"));
    }

    /** Whether nothing can follow. */
    boolean isFinal() {
        return state.isFinal();
    }

    /** The next token, if there is no choice. */
    OptionalInt forced() {
        return masks.forced(guide, state);
    }

    /** The tokens that may come next. */
    TokenMask mask() {
        return masks.of(guide, state);
    }

    /** What computes the mask; empty if it is there already or not wanted. */
    boolean isMaskMissing() {
        return masks.known(guide, state).isEmpty() && masks.forced(guide, state).isEmpty();
    }

    /** What makes the mask of this moment; for a thread beside the engine's. */
    Runnable maskMaker() {
        GuideState now = state;
        return () -> masks.of(guide, now);
    }
}
