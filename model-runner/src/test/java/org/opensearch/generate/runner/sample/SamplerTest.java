// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

class SamplerTest {
    private static final int[] PROMPT = {0, 3};
    private final Sampler sampler = new Sampler();

    @Test
    void greedyTakesTheLargestAndTheLowerIdOfEqualOnes() {
        assertEquals(1, sampler.sample(new float[] {1, 5, 5, 2}, SamplingOptions.GREEDY, history()));
        assertEquals(0, sampler.sample(new float[] {-0f, 0f}, SamplingOptions.GREEDY, history()));
    }

    @Test
    void aLogitThatIsNoNumberFails() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            IllegalStateException failure = assertThrows(
                    IllegalStateException.class,
                    () -> sampler.sample(new float[] {1, 2, bad}, SamplingOptions.GREEDY, history()));
            assertEquals("the model's logit of token 2 is " + bad, failure.getMessage());
        }
        float[] none = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
        assertThrows(IllegalStateException.class, () -> sampler.sample(none, SamplingOptions.GREEDY, history()));
        assertEquals(1, sampler.sample(new float[] {Float.NEGATIVE_INFINITY, -9}, SamplingOptions.GREEDY, history()));
    }

    @Test
    void penaltiesAreThoseComputedByHand() {
        float[] logits = {4, 2, -1, -3, 1};
        SamplingOptions options = new SamplingOptions(0f, 0, 1f, 0f, 2f, 0.5f, 0.25f, 0);
        sampler.sample(logits, options, history(1, 2, 2));
        assertArrayEquals(
                new float[] {2f, 1f - 0.25f - 0.5f, -2f - 0.5f - 0.5f, -6f, 1f},
                logits,
                "repetition over prompt and answer," + " the others over the answer");
    }

    @Test
    void drawsFollowTheSoftmax() {
        double[] probabilities = {0.5, 0.25, 0.125, 0.0625, 0.0625};
        chiSquare(probabilities, options(1f, 0, 1f, 0f), probabilities);
    }

    @Test
    void temperatureSharpens() {
        double[] probabilities = {0.5, 0.3, 0.2};
        double total = 0.25 + 0.09 + 0.04;
        chiSquare(probabilities, options(0.5f, 0, 1f, 0f), new double[] {0.25 / total, 0.09 / total, 0.04 / total});
    }

    @Test
    void topKKeepsTheLikeliest() {
        chiSquare(new double[] {0.1, 0.4, 0.2, 0.3}, options(1f, 2, 1f, 0f), new double[] {0, 0.4 / 0.7, 0, 0.3 / 0.7});
    }

    @Test
    void topPKeepsTheSmallestSetThatReachesIt() {
        chiSquare(new double[] {0.1, 0.4, 0.2, 0.3}, options(1f, 0, 0.75f, 0f), new double[] {
            0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9
        });
    }

    @Test
    void minPDropsWhatIsRareBesideTheLikeliest() {
        chiSquare(new double[] {0.1, 0.4, 0.2, 0.3}, options(1f, 0, 1f, 0.45f), new double[] {
            0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9
        });
    }

    @Test
    void filtersWorkOnWhatTheOneBeforeLeft() {
        chiSquare(
                new double[] {0.1, 0.4, 0.2, 0.3}, options(1f, 3, 0.7f, 0f), new double[] {0, 0.4 / 0.7, 0, 0.3 / 0.7});
    }

    @Test
    void truncationAgreesWithAFullSort() throws Exception {
        Seeds.forAll(300, random -> {
            int size = random.nextInt(1, 400);
            float[] logits = new float[size];
            for (int id = 0; id < size; id++) {
                logits[id] = random.nextInt(4) == 0 ? 1.5f : (float) random.nextGaussian() * 4;
            }
            SamplingOptions options =
                    options(random.nextFloat(0.3f, 2f), random.nextInt(size + 2), random.nextFloat(0.05f, 1f), 0.001f);
            BitSet allowed = allowed(logits, options);
            for (int position = 1; position < 40; position++) {
                int id = sampler.sample(logits.clone(), options, new TokenHistory(new int[position]));
                assertTrue(allowed.get(id), "token " + id + " is not among " + allowed);
            }
        });
    }

    @Test
    void manyCandidatesAreFoundAgainWithoutOrder() throws Exception {
        Seeds.forAll(100, random -> {
            long[] values = random.longs(random.nextInt(1, 300)).distinct().toArray();
            int count = random.nextInt(values.length + 1);
            long[] sorted = values.clone();
            Arrays.sort(sorted);
            Selection.smallestFirst(values, values.length, count);
            Arrays.sort(values, 0, count);
            assertArrayEquals(Arrays.copyOf(sorted, count), Arrays.copyOf(values, count));
        });
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> options(Float.NaN, 0, 1f, 0f));
        assertEquals("temperature must be from 0.0 to 2.0, found NaN", refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> options(1f, -1, 1f, 0f));
        assertThrows(IllegalArgumentException.class, () -> options(1f, 0, 1.1f, 0f));
    }

    @Test
    void logprobsSumToOneAndTiesGoToTheLowerId() {
        float[] logits = {1, 3, 3, -2, 0.5f};
        Logprobs logprobs = Logprobs.of(logits);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logprobs.of(logit));
        }
        assertEquals(1, sum, 1e-6);
        assertEquals(3 - Math.log(2 * Math.exp(3) + Math.exp(1) + Math.exp(-2) + Math.exp(0.5)), logprobs.of(3f), 1e-6);
        assertArrayEquals(new int[] {1, 2, 0}, Logprobs.likeliest(logits, 3));
        assertArrayEquals(new int[] {1, 2, 0, 4, 3}, Logprobs.likeliest(logits, 20));
        assertArrayEquals(new int[0], Logprobs.likeliest(logits, 0));
    }

    /** What top-k and top-p may leave, one token at each edge allowed for rounding. */
    private static BitSet allowed(float[] logits, SamplingOptions options) {
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, id -> id);
        Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
        int k = options.topK() == 0 ? order.length : Math.min(options.topK(), order.length);
        double total = 0;
        for (int i = 0; i < k; i++) {
            total += weight(logits, order, i, options);
        }
        BitSet allowed = new BitSet();
        double mass = 0;
        for (int i = 0; i < k && (i == 0 || mass <= (options.topP() + 1e-5) * total); i++) {
            mass += weight(logits, order, i, options);
            allowed.set(order[i]);
        }
        return allowed;
    }

    private static double weight(float[] logits, Integer[] order, int i, SamplingOptions options) {
        double weight = Math.exp((logits[order[i]] - logits[order[0]]) / options.temperature());
        return weight < options.minP() * 0.9999 ? 0 : weight;
    }

    /** Draws at many positions and compares counts with probabilities; the bound is passed once in 10,000 seeds. */
    private void chiSquare(double[] probabilities, SamplingOptions options, double[] expected) {
        int draws = 20_000;
        int[] counts = new int[probabilities.length];
        int[] prompt = new int[draws];
        TokenHistory history = new TokenHistory(Arrays.copyOf(prompt, 1));
        for (int i = 0; i < draws; i++) {
            float[] logits = new float[probabilities.length];
            for (int id = 0; id < logits.length; id++) {
                logits[id] = (float) Math.log(probabilities[id]);
            }
            counts[sampler.sample(logits, options, history)]++;
            history.append(0);
        }
        double chi = 0;
        int freedom = -1;
        for (int id = 0; id < counts.length; id++) {
            double wanted = expected[id] * draws;
            if (wanted == 0) {
                assertEquals(0, counts[id], "token " + id + " must not come");
            } else {
                chi += (counts[id] - wanted) * (counts[id] - wanted) / wanted;
                freedom++;
            }
        }
        double[] bounds = {0, 15.1, 18.4, 21.1, 23.5};
        assertTrue(chi < bounds[freedom], "chi square " + chi + " of " + Arrays.toString(counts));
    }

    private static SamplingOptions options(float temperature, int topK, float topP, float minP) {
        return new SamplingOptions(temperature, topK, topP, minP, 1f, 0f, 0f, 0x5EED);
    }

    private static TokenHistory history(int... generated) {
        TokenHistory history = new TokenHistory(PROMPT);
        for (int token : generated) {
            history.append(token);
        }
        return history;
    }
}
