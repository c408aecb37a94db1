// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.StepPlan.Slice;

/** Gives sequences their tokens and ends them, and tells their listeners. On the engine's thread. */
final class Answers {
    private static final Logger LOGGER = LogManager.getLogger(Answers.class);

    private final String name;
    private final Tokenizer tokenizer;
    private final Set<Integer> ends;
    private final EngineMetrics metrics;
    private final Consumer<Sequence> remove;

    /**
     * @param name the model's
     * @param tokenizer what tokens stand for
     * @param ends token ids that end an answer
     * @param metrics counts them
     * @param remove takes a sequence that ends out of the engine, before its listener is told
     */
    Answers(String name, Tokenizer tokenizer, Set<Integer> ends, EngineMetrics metrics, Consumer<Sequence> remove) {
        this.name = name;
        this.tokenizer = tokenizer;
        this.ends = ends;
        this.metrics = metrics;
        this.remove = remove;
    }

    /** Hands out the tokens that were chosen for a slice, and those that follow without a choice. */
    void extend(Slice slice, TokenChoice.Chosen chosen) {
        Sequence sequence = slice.sequence();
        sequence.rejectedTokens += slice.draftedTokens();
        FinishReason end;
        try {
            end = takeAll(sequence, chosen);
            while (end == null) {
                OptionalInt forced = forced(sequence);
                if (forced.isEmpty()) {
                    return;
                }
                sequence.tokens.append(forced.getAsInt());
                sequence.advanceGuide(tokenizer.bytes(forced.getAsInt()));
                end = take(sequence, new GeneratedToken(forced.getAsInt(), Float.NaN, List.of()), true);
            }
        } catch (RuntimeException e) {
            fail(sequence, e);
            return;
        }
        finish(sequence, end);
    }

    /** Hands out the tokens that were chosen; returns why the answer ends with one of them, or null if it goes on. */
    private @Nullable FinishReason takeAll(Sequence sequence, TokenChoice.Chosen chosen) {
        for (int i = 0; i < chosen.tokens().size(); i++) {
            if (i > 0 && sequence.cancelled()) {
                return FinishReason.CANCELLED;
            }
            boolean last = i == chosen.tokens().size() - 1;
            GeneratedToken token = chosen.tokens().get(i);
            if (!last && !ends.contains(token.id())) {
                sequence.acceptedTokens++;
                sequence.rejectedTokens--;
            }
            FinishReason end = take(sequence, token, last);
            if (end != null) {
                return end;
            }
        }
        if (chosen.failure() != null) {
            throw chosen.failure();
        }
        return null;
    }

    /** The next token, if there is no choice and the model's opinion of it is not asked for: it is computed with the one after. */
    private static OptionalInt forced(Sequence sequence) {
        Guided guided = sequence.guided;
        return guided == null || sequence.request.logprobs() >= 0 ? OptionalInt.empty() : guided.forced();
    }

    /**
     * Adds a token to the answer; returns why that ends with it, or null if it goes on.
     *
     * @param latest whether the guide, if there is one, has seen this token last
     */
    private @Nullable FinishReason take(Sequence sequence, GeneratedToken token, boolean latest) {
        if (ends.contains(token.id())) {
            return FinishReason.STOP;
        }
        time(sequence);
        sequence.add(token);
        String text = sequence.text.push(sequence.decoder.push(token.id()));
        sequence.listener.onToken(token, text);
        Guided guided = sequence.guided;
        if (sequence.text.stopped() || (latest && guided != null && guided.isFinal())) {
            return FinishReason.STOP;
        }
        return sequence.answer.size() == sequence.maxNewTokens ? FinishReason.LENGTH : null;
    }

    private void time(Sequence sequence) {
        long now = System.nanoTime();
        if (sequence.answer.isEmpty()) {
            sequence.firstTokenNanos = now;
            metrics.token(now - sequence.submittedNanos, now);
        } else {
            metrics.nextToken(now - sequence.lastTokenNanos, now);
        }
        sequence.lastTokenNanos = now;
    }

    /** Ends a sequence with what it has. */
    void finish(Sequence sequence, FinishReason reason) {
        remove.accept(sequence);
        metrics.finished(reason);
        Generation generation = sequence.finish(reason, System.nanoTime());
        tell(() -> sequence.listener.onFinished(generation));
    }

    /** Ends a sequence without an answer. */
    void fail(Sequence sequence, Throwable cause) {
        remove.accept(sequence);
        metrics.failed();
        Exception failure = cause instanceof Exception exception
                ? exception
                : new IllegalStateException("the engine of " + name + " failed: " + cause, cause);
        tell(() -> sequence.listener.onFailure(failure));
    }

    private void tell(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException e) {
            LOGGER.warn("a listener of {} has failed", name, e);
        }
    }
}
