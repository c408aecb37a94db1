// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.speculate.SpeculationControl.StepTime;
import org.opensearch.generate.runner.speculate.SpeculationControl.Wish;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

class SpeculationControlTest {
    /** Reading the weights costs 16 rows' arithmetic. */
    private static final StepTime MEMORY_BOUND = rows -> Math.max(16, rows) * 1e6;

    private static Wish wish(boolean forced, float probability, int length) {
        float[] probabilities = new float[length];
        Arrays.fill(probabilities, probability);
        return new Wish(new Draft("test", new int[length], probabilities, 0), forced);
    }

    private static int[] spend(List<Wish> wishes, int freeRows, StepTime time) {
        return SpeculationControl.spend(wishes, wishes.size(), freeRows, time, true);
    }

    @Test
    void rowsThatCostNothingAreSpent() {
        assertArrayEquals(new int[] {8}, spend(List.of(wish(false, 0.5f, 8)), 100, MEMORY_BOUND));
    }

    @Test
    void rowsThatCostAsMuchAsAnAnswersAreNot() {
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            wishes.add(wish(false, 0.9f, 8));
        }
        assertArrayEquals(new int[32], spend(wishes, 1000, MEMORY_BOUND));
        assertArrayEquals(new int[32], spend(wishes, 1000, rows -> 0));
    }

    @Test
    void theLikeliestTokensGetTheRows() {
        List<Wish> wishes = List.of(wish(false, 0.2f, 8), wish(false, 0.95f, 8), wish(false, 0.9f, 8));
        int[] lengths = spend(wishes, 100, MEMORY_BOUND);
        assertEquals(13, Arrays.stream(lengths).sum());
        assertTrue(lengths[0] == 0 || lengths[0] == 1, "spent on the unlikely one: " + lengths[0]);
    }

    @Test
    void forcedDraftsGetTheirRowsFirst() {
        List<Wish> wishes = List.of(wish(false, 0.99f, 8), wish(true, 0.01f, 8));
        assertArrayEquals(new int[] {2, 8}, spend(wishes, 10, rows -> 1));
        assertArrayEquals(new int[] {0, 8}, spend(wishes, 10, rows -> Math.pow(2, rows)));
        assertArrayEquals(new int[] {0, 5}, spend(wishes, 5, rows -> 1));
        assertArrayEquals(new int[] {0, 8}, SpeculationControl.spend(wishes, 2, 10, rows -> 1, false));
    }

    @Test
    void tokensASecondAreTheMostOrElseThoseWithoutDrafts() throws Exception {
        Seeds.forAll(200, random -> {
            int answers = random.nextInt(1, 5);
            List<Wish> wishes = new ArrayList<>();
            for (int i = 0; i < answers; i++) {
                wishes.add(wish(false, random.nextFloat(), random.nextInt(4)));
            }
            double[] nanos = costs(random);
            StepTime time = rows -> nanos[rows];
            int free = random.nextInt(12);
            double found = rate(wishes, spend(wishes, free, time), time);
            double without = rate(wishes, new int[answers], time);
            double best = best(wishes, new int[answers], 0, free, time);
            assertTrue(found >= without);
            assertTrue(found >= best / (1 + SpeculationControl.LEAST_GAIN) - 1e-12, found + " of " + best);
        });
    }

    @Test
    void branchesOfForcedDraftsGetTheRowsThatAreLeft() {
        Draft branch = wish(true, 0.3f, 2).draft();
        Draft draft = wish(true, 0.5f, 2).draft().with(List.of(branch, branch));
        List<Wish> wishes = List.of(new Wish(draft, true), new Wish(draft, false), new Wish(draft, true));
        assertArrayEquals(new int[] {2, 0, 1}, SpeculationControl.branches(wishes, new int[] {2, 2, 1}, 14));
        assertArrayEquals(new int[] {1, 0, 0}, SpeculationControl.branches(wishes, new int[] {2, 2, 1}, 8));
        assertArrayEquals(new int[] {0, 0, 2}, SpeculationControl.branches(wishes, new int[] {0, 0, 1}, 14));
        assertArrayEquals(new int[3], SpeculationControl.branches(wishes, new int[] {2, 2, 1}, 5));
    }

    private static double[] costs(RandomGenerator random) {
        double[] nanos = new double[40];
        nanos[0] = 1;
        for (int rows = 1; rows < nanos.length; rows++) {
            nanos[rows] = nanos[rows - 1] + (random.nextBoolean() ? random.nextDouble() : 0);
        }
        return nanos;
    }

    private static double rate(List<Wish> wishes, int[] lengths, StepTime time) {
        double tokens = lengths.length;
        for (int i = 0; i < lengths.length; i++) {
            tokens += wishes.get(i).draft().first(lengths[i]).expected();
        }
        return tokens / time.nanos(lengths.length + Arrays.stream(lengths).sum());
    }

    /** The best of all ways to spend rows. */
    private static double best(List<Wish> wishes, int[] lengths, int wish, int left, StepTime time) {
        if (wish == lengths.length) {
            return rate(wishes, lengths, time);
        }
        double best = 0;
        for (int length = 0; length <= Math.min(left, wishes.get(wish).draft().length()); length++) {
            int[] with = lengths.clone();
            with[wish] = length;
            best = Math.max(best, best(wishes, with, wish + 1, left - length, time));
        }
        return best;
    }

    @Test
    void modesHaveTheNamesOfRequests() {
        assertEquals(Mode.PROMPT_LOOKUP, Mode.of("prompt_lookup"));
        for (Mode mode : Mode.values()) {
            assertEquals(mode, Mode.of(mode.toString()));
        }
        String message = assertThrows(IllegalArgumentException.class, () -> Mode.of("on"))
                .getMessage();
        assertEquals(
                "the mode of speculation is one of auto, off, prompt_lookup, suffix, draft_model, lookahead, found on",
                message);
        assertThrows(IllegalArgumentException.class, () -> new SpeculationOptions(Mode.AUTO, 17, "", ""));
        assertThrows(IllegalArgumentException.class, () -> new SpeculationOptions(Mode.AUTO, 0, "", ""));
    }
}
