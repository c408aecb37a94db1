// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/** Drafts of another engine's model. */
class DraftModelTest {
    private static final int NEW_TOKENS = 100;
    private static final SpeculationOptions DRAFTED = new SpeculationOptions(Mode.DRAFT_MODEL, 8, "small", "");

    private static Engine engine(boolean repeating) {
        return new Engine(
                "hash",
                new HashModel(60, 64, 400).repeating(repeating).endless(),
                new LetterTokenizer(HashModel.VOCABULARY),
                new EngineOptions(64, 8, 100));
    }

    private static GenerationRequest request(int number) {
        int[] prompt = {number, 2, 3, 4, 5};
        SamplingOptions sampling = number % 2 == 0
                ? SamplingOptions.GREEDY
                : new SamplingOptions(1.2f, 20, 0.95f, 0f, 1.1f, 0.1f, 0.1f, number);
        return Answer.request(prompt, NEW_TOKENS, sampling);
    }

    /** Goes on from its second token when the smaller model has read a prompt more: nobody waits for that, and steps here take no time. */
    private static final class Patient extends Answer {
        private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(1);

        private final Engine small;
        private final AtomicInteger waited;
        private int tokens;

        Patient(Engine small, AtomicInteger waited) {
            this.small = small;
            this.waited = waited;
        }

        @Override
        public void onToken(GeneratedToken token, String text) {
            super.onToken(token, text);
            if (++tokens == 2) {
                int wanted = waited.incrementAndGet();
                long end = System.nanoTime() + MOST_NANOS;
                while (read() < wanted && System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                }
            }
        }

        private long read() {
            return small.stats().finished().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static List<Generation> answers(Engine engine, List<GenerationRequest> requests) throws Exception {
        return answers(engine, requests, Answer::new);
    }

    private static List<Generation> answers(Engine engine, List<GenerationRequest> requests, Supplier<Answer> listeners)
            throws Exception {
        List<Answer> answers = new ArrayList<>();
        for (GenerationRequest request : requests) {
            Answer answer = listeners.get();
            engine.submit(request, answer);
            answers.add(answer);
        }
        List<Generation> found = new ArrayList<>();
        for (Answer answer : answers) {
            found.add(answer.get());
        }
        return found;
    }

    @Test
    void theTokensAreTheSameWhateverTheSmallerModelWrites() throws Exception {
        List<GenerationRequest> plain = new ArrayList<>();
        for (int number = 0; number < 6; number++) {
            plain.add(request(number).speculating(SpeculationOptions.OFF));
        }
        for (boolean alike : new boolean[] {true, false}) {
            try (Engine engine = engine(true);
                    Engine small = engine(alike)) {
                List<Generation> wanted = answers(engine, plain);
                AtomicInteger waited = new AtomicInteger();
                List<Generation> found = answers(
                        engine,
                        plain.stream()
                                .map(request -> request.speculating(DRAFTED, small.drafts()))
                                .toList(),
                        () -> new Patient(small, waited));
                int accepted = 0;
                for (int i = 0; i < wanted.size(); i++) {
                    assertArrayEquals(Answer.ids(wanted.get(i)), Answer.ids(found.get(i)));
                    accepted += found.get(i).acceptedPredictionTokens();
                }
                if (alike) {
                    assertTrue(accepted > NEW_TOKENS, accepted + " accepted");
                    EngineStats.Drafts staged =
                            small.stats().speculation().drafters().getFirst();
                    assertEquals("prompt_lookup", staged.drafter());
                    assertTrue(staged.accepted() > 0, "the smaller model was not sped up itself");
                }
            }
        }
    }

    @Test
    void withoutTheSmallerModelTheAnswerGoesOn() throws Exception {
        Engine small = engine(true);
        try (Engine engine = engine(true)) {
            GenerationRequest request = request(0);
            List<Generation> wanted = answers(engine, List.of(request.speculating(SpeculationOptions.OFF)));
            Answer answer = new Answer() {
                @Override
                public void onToken(GeneratedToken token, String text) {
                    super.onToken(token, text);
                    if (token.equals(wanted.getFirst().tokens().get(30))) {
                        small.close();
                    }
                }
            };
            engine.submit(request.speculating(DRAFTED, small.drafts()), answer);
            assertArrayEquals(Answer.ids(wanted.getFirst()), Answer.ids(answer.get()));
        }
    }

    @Test
    void theModeAndTheModelGoTogether() {
        try (Engine engine = engine(true)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> engine.submit(request(0).speculating(DRAFTED), new Answer()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> engine.submit(
                            request(0).speculating(SpeculationOptions.AUTO, engine.drafts()), new Answer()));
            assertThrows(IllegalArgumentException.class, () -> new SpeculationOptions(Mode.DRAFT_MODEL, 8, "", ""));
            assertThrows(IllegalArgumentException.class, () -> new SpeculationOptions(Mode.AUTO, 8, "small", ""));
        }
    }
}
