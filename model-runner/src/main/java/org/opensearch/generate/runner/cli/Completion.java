// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationListener;

/** An answer that is waited for, printed as it comes if a stream is given. */
final class Completion implements GenerationListener {
    private final CompletableFuture<Generation> end = new CompletableFuture<>();
    private final @Nullable PrintStream out;
    private int printed;

    Completion(@Nullable PrintStream out) {
        this.out = out;
    }

    @Override
    public void onToken(GeneratedToken token, String text) {
        print(text);
    }

    @Override
    public void onFinished(Generation generation) {
        print(generation.text().substring(printed));
        end.complete(generation);
    }

    @Override
    public void onFailure(Exception failure) {
        end.completeExceptionally(failure);
    }

    private void print(String text) {
        printed += text.length();
        if (out != null) {
            out.print(text);
            out.flush();
        }
    }

    /** Waits for the whole answer. */
    Generation get() {
        try {
            return end.join();
        } catch (CompletionException e) {
            throw new CommandException("the answer failed: " + e.getCause(), e);
        }
    }
}
