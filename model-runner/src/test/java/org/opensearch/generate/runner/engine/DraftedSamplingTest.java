// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/**
 * Drafted answers are drawn from the model's own distribution: over many seeds, the token of each rank comes as often as the
 * probabilities of that rank, at each place after the tokens that came before, add up to.
 */
class DraftedSamplingTest {
    private static final int REQUESTS = 96;
    private static final int NEW_TOKENS = 60;
    private static final float REPEATS = 6;
    private static final int LEAST_DRAFTED = 100;

    /** A deviation by so many times its standard deviation is no accident: about once in a million. */
    private static final double MOST_DEVIATION = 5;

    private static HashModel model() {
        return new HashModel(200, 64, 400).repeatingBy(REPEATS).endless();
    }

    private static Engine engine() {
        return new Engine(
                "hash", model(), new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(64, 8, 2 * REQUESTS));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"AUTO", "OFF"},
            mode = EnumSource.Mode.EXCLUDE)
    void tokensComeAsOftenAsTheModelSays(Mode mode) throws Exception {
        double[] wanted = new double[HashModel.VOCABULARY];
        double[] variance = new double[HashModel.VOCABULARY];
        long[] found = new long[HashModel.VOCABULARY];
        long accepted = 0;
        long rejected = 0;
        try (Engine small = engine();
                Engine engine = engine()) {
            List<GenerationRequest> requests = new ArrayList<>();
            List<Answer> answers = new ArrayList<>();
            for (int seed = 0; seed < REQUESTS; seed++) {
                SpeculationOptions drafts =
                        new SpeculationOptions(mode, 8, mode == Mode.DRAFT_MODEL ? "small" : "", "");
                GenerationRequest request = Answer.request(
                                new int[] {seed % HashModel.VOCABULARY, 2, 3},
                                NEW_TOKENS,
                                new SamplingOptions(1f, 0, 1f, 0f, 1f, 0f, 0f, seed))
                        .speculating(drafts, mode == Mode.DRAFT_MODEL ? small.drafts() : null);
                requests.add(request);
                Answer answer = new Answer();
                answers.add(answer);
                engine.submit(request, answer);
            }
            for (int i = 0; i < REQUESTS; i++) {
                Generation answer = answers.get(i).get();
                accepted += answer.acceptedPredictionTokens();
                rejected += answer.rejectedPredictionTokens();
                count(requests.get(i).prompt(), Answer.ids(answer), wanted, variance, found);
            }
        }
        assertTrue(
                accepted >= LEAST_DRAFTED && rejected >= LEAST_DRAFTED, accepted + " accepted, " + rejected + " not");
        for (int rank = 0; rank < wanted.length; rank++) {
            double deviation = (found[rank] - wanted[rank]) / Math.sqrt(variance[rank]);
            assertTrue(
                    Math.abs(deviation) < MOST_DEVIATION,
                    "rank " + rank + " came " + found[rank] + " times, expected " + wanted[rank]);
        }
    }

    /** Adds, for each place of an answer, the probabilities by rank, and the rank that came. */
    private static void count(int[] prompt, int[] answer, double[] wanted, double[] variance, long[] found) {
        int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, all, prompt.length, answer.length);
        for (int place = prompt.length; place < all.length; place++) {
            float[] logits = HashModel.logits(all, place, REPEATS);
            float chosen = logits[all[place]];
            double total = 0;
            int rank = 0;
            for (float logit : logits) {
                total += Math.exp(logit);
                rank += logit > chosen ? 1 : 0;
            }
            found[rank]++;
            Arrays.sort(logits);
            for (int i = 0; i < logits.length; i++) {
                double probability = Math.exp(logits[logits.length - 1 - i]) / total;
                wanted[i] += probability;
                variance[i] += probability * (1 - probability);
            }
        }
    }
}
