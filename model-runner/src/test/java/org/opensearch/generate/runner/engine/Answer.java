// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** A listener that waits for the end, and checks that it is told in order and once. */
public class Answer implements GenerationListener {
    private static final long MOST_SECONDS = 600;
    private final CompletableFuture<Generation> end = new CompletableFuture<>();
    private final StringBuilder streamed = new StringBuilder();
    private int tokens;

    /** A request without stop texts, log-probabilities, salt and deadline. */
    public static GenerationRequest request(int[] prompt, int maxNewTokens, SamplingOptions sampling) {
        return new GenerationRequest(prompt, maxNewTokens, sampling, List.of(), -1, "", Long.MAX_VALUE);
    }

    @Override
    public void onToken(GeneratedToken token, String text) {
        if (end.isDone()) {
            throw new AssertionError("a token after the end");
        }
        tokens++;
        streamed.append(text);
    }

    @Override
    public void onFinished(Generation generation) {
        if (generation.tokens().size() != tokens || !generation.text().startsWith(streamed.toString())) {
            end.completeExceptionally(new AssertionError("the answer is not what was streamed"));
        }
        if (!end.complete(generation) && !end.isCompletedExceptionally()) {
            throw new AssertionError("two ends");
        }
    }

    @Override
    public void onFailure(Exception failure) {
        end.completeExceptionally(failure);
    }

    /** Whether an end has come. */
    public boolean hasEnded() {
        return end.isDone();
    }

    /** The answer; fails if there is none after ten minutes, or the request failed. */
    public Generation get() throws ExecutionException, InterruptedException, TimeoutException {
        return end.get(MOST_SECONDS, TimeUnit.SECONDS);
    }

    /** The failure; fails if the request was answered. */
    public Throwable failure() throws InterruptedException, TimeoutException {
        try {
            throw new AssertionError("answered: " + get());
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }

    /** Whether the request failed with a message that ends so; waits for the end. */
    public boolean failedWith(String messageEnd) throws InterruptedException, TimeoutException {
        try {
            get();
            return false;
        } catch (ExecutionException e) {
            return String.valueOf(Objects.requireNonNull(e.getCause()).getMessage())
                    .endsWith(messageEnd);
        }
    }

    /** Token ids of an answer. */
    public static int[] ids(Generation generation) {
        return generation.tokens().stream().mapToInt(GeneratedToken::id).toArray();
    }
}
