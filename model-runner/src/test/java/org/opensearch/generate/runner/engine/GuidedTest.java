// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.GuideException;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;

/** Answers in a language; that they are the same in any company is for {@link EngineProperties}. */
class GuidedTest {
    private static final SamplingOptions DRAWN = new SamplingOptions(1.5f, 0, 1f, 0f, 1f, 0f, 0f, 7);

    @Test
    void anAnswerEndsWhereNothingCanFollow() throws Exception {
        Generation generation = generate(Guide.choice(List.of("yes", "no", "maybe")), 20, -1);
        assertTrue(List.of("yes", "no", "maybe").contains(generation.text()), generation.text());
        assertEquals(FinishReason.STOP, generation.finishReason());
        assertEquals(generation.text().length(), generation.tokens().size());
    }

    @Test
    void anAnswerThatIsCutSaysSo() throws Exception {
        Generation cut = generate(Guide.regex("[a-f]{30}"), 10, -1);
        assertEquals(FinishReason.LENGTH, cut.finishReason());
        assertTrue(cut.text().matches("[a-f]{10}"), cut.text());
        Generation whole = generate(Guide.regex("[a-f]{10}"), 10, -1);
        assertEquals(FinishReason.STOP, whole.finishReason(), "complete with the last token allowed");
    }

    @Test
    void tokensWithoutChoiceNeedNoStepOfTheirOwn() throws Exception {
        Guide guide = Guide.regex("[ab]cdefghijkl[mo]pqrstuvwxyz");
        try (Engine engine = engine()) {
            Generation skipped = generate(engine, guide, 40, -1);
            long steps = engine.stats().steps();
            Generation computed = generate(engine, guide, 40, 0);
            assertEquals(2, steps, "one for each choice");
            assertTrue(engine.stats().steps() - steps > 20);
            assertEquals(skipped.text(), computed.text());
            assertArrayEquals(Answer.ids(skipped), Answer.ids(computed));
            assertFalse(Float.isNaN(computed.tokens().getLast().logprob()));
        }
    }

    @Test
    void aStopTextMayStandInTokensWithoutChoice() throws Exception {
        try (Engine engine = engine()) {
            Answer answer = new Answer();
            engine.submit(
                    new GenerationRequest(new int[] {1, 2}, 40, DRAWN, List.of("fgh"), -1, "", Long.MAX_VALUE)
                            .in(Guide.regex("[ab]cdefghijkl")),
                    answer);
            assertEquals("cde", answer.get().text().substring(1));
            assertEquals(FinishReason.STOP, answer.get().finishReason());
        }
    }

    @Test
    void aTextThatTheVocabularyCannotWriteFails() {
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> generate(Guide.choice(List.of("ABC", "DEF")), 20, -1));
        assertTrue(failure.getCause() instanceof GuideException, String.valueOf(failure));
    }

    private static Generation generate(Guide guide, int most, int logprobs) throws Exception {
        try (Engine engine = engine()) {
            return generate(engine, guide, most, logprobs);
        }
    }

    private static Generation generate(Engine engine, Guide guide, int most, int logprobs) throws Exception {
        Answer answer = new Answer();
        engine.submit(
                new GenerationRequest(new int[] {1, 2}, most, DRAWN, List.of(), logprobs, "", Long.MAX_VALUE)
                        .in(guide)
                        .speculating(SpeculationOptions.OFF),
                answer);
        return answer.get();
    }

    private static Engine engine() {
        return new Engine(
                "hash",
                new HashModel(16, 32, 256),
                new LetterTokenizer(HashModel.VOCABULARY),
                new EngineOptions(32, 4, 8));
    }
}
