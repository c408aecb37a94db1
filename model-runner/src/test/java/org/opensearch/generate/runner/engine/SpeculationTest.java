// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

class SpeculationTest {
    private static final int CONTEXT = 400;
    private static final int NEW_TOKENS = 120;

    private final HashModel model =
            new HashModel(40, 64, CONTEXT).repeating(true).endless();
    private final Engine engine =
            new Engine("hash", model, new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(64, 8, 100));

    private static GenerationRequest request(Mode mode) {
        int[] prompt = {1, 2, 3, 4, 5};
        return Answer.request(prompt, NEW_TOKENS, SamplingOptions.GREEDY).speculating(SpeculationOptions.of(mode));
    }

    private Generation answer(GenerationRequest request) throws Exception {
        Answer answer = new Answer();
        engine.submit(request, answer);
        return answer.get();
    }

    @Test
    void draftsThatHoldSaveSteps() throws Exception {
        Generation without = answer(request(Mode.OFF));
        long steps = engine.stats().steps();
        assertTrue(steps >= NEW_TOKENS, steps + " steps");
        assertEquals(0, without.acceptedPredictionTokens() + without.rejectedPredictionTokens());
        for (Mode mode : List.of(Mode.SUFFIX, Mode.PROMPT_LOOKUP)) {
            long before = engine.stats().steps();
            Generation answer = answer(request(mode));
            assertArrayEquals(Answer.ids(without), Answer.ids(answer));
            long taken = engine.stats().steps() - before;
            assertTrue(taken < steps * 2 / 3, taken + " steps by " + mode);
            assertTrue(answer.acceptedPredictionTokens() >= NEW_TOKENS - taken - 1);
            assertTrue(answer.acceptedPredictionTokens() < NEW_TOKENS);
            assertTrue(
                    answer.rejectedPredictionTokens() > 0,
                    answer.acceptedPredictionTokens() + " accepted by " + mode + " in " + taken);
        }
        List<EngineStats.Drafts> drafters = engine.stats().speculation().drafters();
        assertEquals(
                List.of("prompt_lookup", "suffix"),
                drafters.stream().map(EngineStats.Drafts::drafter).toList());
        drafters.forEach(each -> assertTrue(each.accepted() < each.drafted() && each.accepted() > each.drafts()));
        assertTrue(engine.stats().speculation().tokensPerStep() > 1.3);
    }

    @Test
    void answersOfTheSameSaltAreDraftsForOthers() throws Exception {
        int[] prompt = {7};
        GenerationRequest request =
                Answer.request(prompt, 60, SamplingOptions.GREEDY).speculating(SpeculationOptions.of(Mode.SUFFIX));
        Generation first = answer(request);
        Generation again = answer(request);
        assertTrue(
                again.acceptedPredictionTokens() > first.acceptedPredictionTokens() + 5,
                again.acceptedPredictionTokens() + " after " + first.acceptedPredictionTokens());
        GenerationRequest other = new GenerationRequest(
                        prompt, 60, SamplingOptions.GREEDY, List.of(), -1, "other", Long.MAX_VALUE)
                .speculating(request.speculation());
        int others = answer(other).acceptedPredictionTokens();
        assertTrue(
                others < again.acceptedPredictionTokens() - 5,
                others + " without, " + again.acceptedPredictionTokens() + " with the answer before");
    }

    @Test
    void aCancelTakesEffectInTheMiddleOfARun() throws Exception {
        int tokens = Answer.ids(answer(request(Mode.OFF))).length;
        for (int after = 1; after < tokens; after += 7) {
            CompletableFuture<GenerationHandle> handle = new CompletableFuture<>();
            Answer answer = new CancelAfter(after, handle);
            handle.complete(engine.submit(request(Mode.PROMPT_LOOKUP), answer));
            Generation cancelled = answer.get();
            assertEquals(FinishReason.CANCELLED, cancelled.finishReason());
            assertEquals(after, cancelled.tokens().size());
        }
        assertEquals(0, engine.stats().pagesUsed());
    }

    @Test
    void aStopTextInTheMiddleOfARunEndsTheAnswer() throws Exception {
        String text = answer(request(Mode.OFF)).text();
        for (int from = 0; from + 4 < text.length(); from += 9) {
            String stop = text.substring(from, from + 4);
            GenerationRequest plain = request(Mode.OFF);
            GenerationRequest stopping = new GenerationRequest(
                    plain.prompt(), NEW_TOKENS, plain.sampling(), List.of(stop), 2, "", Long.MAX_VALUE);
            Generation wanted = answer(stopping.speculating(SpeculationOptions.OFF));
            Generation found = answer(stopping.speculating(SpeculationOptions.of(Mode.SUFFIX)));
            assertEquals(FinishReason.STOP, found.finishReason());
            assertEquals(wanted.tokens(), found.tokens());
            assertEquals(wanted.text(), found.text());
            assertTrue(found.acceptedPredictionTokens() <= found.tokens().size());
        }
    }

    @Test
    void pagesOfRejectedTokensAreGivenBackAndNeverFound() throws Exception {
        GenerationRequest request = request(Mode.LOOKAHEAD);
        Generation first = answer(request);
        assertEquals(0, engine.stats().pagesUsed());
        int[] all = Arrays.copyOf(request.prompt(), request.prompt().length + NEW_TOKENS);
        System.arraycopy(Answer.ids(first), 0, all, request.prompt().length, NEW_TOKENS);
        int full = (all.length - 1) / KvCache.PAGE;
        assertEquals(full, engine.stats().pagesCached());
        Generation more = answer(Answer.request(all, 5, SamplingOptions.GREEDY));
        assertEquals(full * KvCache.PAGE, more.cachedTokens());
    }
}
