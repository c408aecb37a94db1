// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.Draft;
import org.opensearch.generate.runner.speculate.DraftModel;
import org.opensearch.generate.runner.speculate.ModelDrafts;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;
import org.opensearch.generate.runner.speculate.ThresholdRule;

/** An engine that continues texts for another one: a draft is a short greedy request, whose prompt its prefix cache mostly has. */
final class EngineDrafts implements DraftModel {
    private static final SpeculationOptions STAGED = SpeculationOptions.of(Mode.PROMPT_LOOKUP);

    /** How many times as long as it may take a draft is waited for. */
    private static final int PATIENCE = 3;

    /** Tokens that the smaller model finds likely at the first place: that of the draft, and those of its branches. */
    private static final int WIDTH = 3;

    private final Engine engine;

    EngineDrafts(Engine engine) {
        this.engine = engine;
    }

    @Override
    public Pending begin(int[] tokens, String salt, int limit, double threshold, long nanos) {
        Making making = new Making(threshold, nanos);
        int count = Math.min(limit, engine.maxContext() - tokens.length);
        if (count < 1) {
            making.end.complete(Draft.NONE);
            return making;
        }
        long deadline = nanos == Long.MAX_VALUE ? nanos : System.nanoTime() + nanos;
        try {
            making.handle = engine.submit(
                    new GenerationRequest(tokens, count, SamplingOptions.GREEDY, List.of(), WIDTH, salt, deadline)
                            .speculating(STAGED),
                    making);
        } catch (OverloadedException | PromptTooLongException | IllegalStateException e) {
            making.end.complete(Draft.NONE);
        }
        return making;
    }

    /** A draft that is being made; on the thread of the engine that makes it, until it is read. */
    private static final class Making implements Pending, GenerationListener {
        private final long nanos;
        private final double threshold;
        private final CompletableFuture<Draft> end = new CompletableFuture<>();
        private final List<Integer> tokens = new ArrayList<>();
        private final float[] probabilities = new float[ThresholdRule.MOST_TOKENS];
        private List<GeneratedToken.Alternative> first = List.of();
        private double product = 1;
        private volatile @Nullable GenerationHandle handle;

        Making(double threshold, long nanos) {
            this.threshold = threshold;
            this.nanos = nanos;
        }

        @Override
        public void onToken(GeneratedToken token, String text) {
            if (product < threshold || tokens.size() == probabilities.length) {
                return;
            }
            float probability = (float) Math.exp(token.logprob());
            if (tokens.isEmpty()) {
                first = token.top();
            }
            probabilities[tokens.size()] = probability;
            tokens.add(token.id());
            product *= probability;
            GenerationHandle request = handle;
            if (product < threshold && request != null) {
                request.cancel();
            }
        }

        @Override
        public void onFinished(Generation generation) {
            int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
            List<Draft> branches = first.stream()
                    .filter(other -> other.id() != ids[0])
                    .map(other -> ModelDrafts.draft(new int[] {other.id()}, (float) Math.exp(other.logprob())))
                    .filter(Draft::isWorthABranch)
                    .toList();
            end.complete(ModelDrafts.draft(ids, Arrays.copyOf(probabilities, ids.length))
                    .with(branches));
        }

        @Override
        public void onFailure(Exception failure) {
            end.complete(Draft.NONE);
        }

        @Override
        public boolean isDone() {
            return end.isDone();
        }

        @Override
        public Draft get() {
            try {
                // The request itself ends in time, with what it has; only an engine that hangs is not waited for.
                return nanos == Long.MAX_VALUE ? end.get() : end.get(PATIENCE * nanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (TimeoutException | ExecutionException e) {
                GenerationHandle request = handle;
                if (request != null) {
                    request.cancel();
                }
            }
            return Draft.NONE;
        }
    }
}
