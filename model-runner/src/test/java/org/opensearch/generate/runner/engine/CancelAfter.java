// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.concurrent.CompletableFuture;

/** Cancels its own request after so many tokens. */
final class CancelAfter extends Answer {
    private final int after;
    private final CompletableFuture<GenerationHandle> handle;
    private int tokens;

    /** @param handle of the request, as soon as it is known */
    CancelAfter(int after, CompletableFuture<GenerationHandle> handle) {
        this.after = after;
        this.handle = handle;
    }

    @Override
    public void onToken(GeneratedToken token, String text) {
        super.onToken(token, text);
        if (++tokens == after) {
            handle.join().cancel();
        }
    }
}
