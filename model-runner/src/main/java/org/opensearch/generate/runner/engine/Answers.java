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

/** Gives sequences their tokens and ends them, and tells their listeners. On the engine's thread. */
final class Answers {
    private static final Logger LOGGER = LogManager.getLogger(Answers.class);

    private final String name;
    private final Tokenizer tokenizer;
    private final Set<Integer> ends;
    private final TokenChoice choice;
    private final EngineMetrics metrics;
    private final Consumer<Sequence> remove;

    /**
     * @param name the model's
     * @param tokenizer what tokens stand for
     * @param ends token ids that end an answer
     * @param choice chooses tokens
     * @param metrics counts them
     * @param remove takes a sequence that ends out of the engine, before its listener is told
     */
    Answers(
            String name,
            Tokenizer tokenizer,
            Set<Integer> ends,
            TokenChoice choice,
            EngineMetrics metrics,
            Consumer<Sequence> remove) {
        this.name = name;
        this.tokenizer = tokenizer;
        this.ends = ends;
        this.choice = choice;
        this.metrics = metrics;
        this.remove = remove;
    }

    /** Gives each sequence the next token by its row of logits. */
    void extend(List<Sequence> sequences, float[][] logits) {
        TokenChoice.Chosen[] chosen = choice.choose(sequences, logits);
        for (int i = 0; i < chosen.length; i++) {
            extend(sequences.get(i), chosen[i]);
        }
    }

    private void extend(Sequence sequence, TokenChoice.Chosen chosen) {
        FinishReason end;
        try {
            end = take(sequence, chosen.get());
            while (end == null) {
                OptionalInt forced = forced(sequence);
                if (forced.isEmpty()) {
                    return;
                }
                end = take(sequence, new GeneratedToken(forced.getAsInt(), Float.NaN, List.of()));
            }
        } catch (RuntimeException e) {
            fail(sequence, e);
            return;
        }
        finish(sequence, end);
    }

    /** The next token, if there is no choice and the model's opinion of it is not asked for: it is computed with the one after. */
    private static OptionalInt forced(Sequence sequence) {
        Guided guided = sequence.guided;
        return guided == null || sequence.request.logprobs() >= 0 ? OptionalInt.empty() : guided.forced();
    }

    /** Adds a token; returns why the answer ends with it, or null if it goes on. */
    private @Nullable FinishReason take(Sequence sequence, GeneratedToken token) {
        sequence.tokens.append(token.id());
        if (ends.contains(token.id())) {
            return FinishReason.STOP;
        }
        time(sequence);
        sequence.add(token);
        String text = sequence.text.push(sequence.decoder.push(token.id()));
        sequence.listener.onToken(token, text);
        Guided guided = sequence.guided;
        if (guided != null) {
            guided.accept(tokenizer.bytes(token.id()));
        }
        if (sequence.text.stopped() || (guided != null && guided.isFinal())) {
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
