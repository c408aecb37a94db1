// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.runner.Seeds;

/** The granted tokens on machines of different kinds, whose step times are given as formulas. */
class StepCostsTest {
    private static final int MOST = 256;

    /** Step times of a machine. */
    enum Machine {
        /** Reading the weights takes 45 ms, each row 3 ms of arithmetic: about 15 rows are free. */
        WIDE {
            @Override
            double millis(int decodes, int prompts) {
                return Math.max(45, 3.0 * (decodes + prompts)) + decodes;
            }
        },
        /** Every row costs the same. */
        SCALAR {
            @Override
            double millis(int decodes, int prompts) {
                return 0.1 + 20.0 * (decodes + prompts);
            }
        },
        /** A device for which 256 rows cost hardly more than one. */
        DEVICE {
            @Override
            double millis(int decodes, int prompts) {
                return 8 + 0.01 * (decodes + prompts);
            }
        },
        /** From 32 rows on other kernels take over; deep prompts pay for their attention. */
        STEPS {
            @Override
            double millis(int decodes, int prompts) {
                int rows = decodes + prompts;
                return 20 + (rows < 32 ? 2 * rows : 48 + 0.5 * rows) + 0.1 * prompts;
            }
        };

        abstract double millis(int decodes, int prompts);
    }

    static Stream<Integer> batches() {
        return Stream.of(1, 4, 16);
    }

    @ParameterizedTest
    @EnumSource(Machine.class)
    void stepsApproachTheLimitAndStayBelowThreeTimes(Machine machine) {
        for (int decodes : batches().toList()) {
            StepCosts costs = new StepCosts();
            costs.measured(0, MOST, nanos(machine.millis(0, MOST)));
            assertEquals(0, costs.promptTokens(decodes, 1), "the decodes alone are measured first");
            double alone = machine.millis(decodes, 0);
            int last = 0;
            for (int step = 0; step < 200; step++) {
                int granted = run(costs, machine, decodes, 1);
                double stretch = machine.millis(decodes, granted) / alone;
                assertTrue(
                        stretch < 3 || granted == StepCosts.LEAST_PROMPT_TOKENS,
                        machine + " with " + decodes + " decodes, step " + step + ": " + granted + " tokens");
                last = granted > 0 ? granted : last;
            }
            assertTrue(
                    last == MOST - decodes
                            || last == StepCosts.LEAST_PROMPT_TOKENS
                            || machine.millis(decodes, last) / alone > 2.2,
                    machine + " with " + decodes + " decodes ends at " + last);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theyStayBelowThreeTimesTheMedianWhenTimesVary(long seed) {
        RandomGenerator random = Seeds.fixed(seed);
        StepCosts costs = new StepCosts();
        List<Double> millis = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            int decodes = 1 + step / 100 % 16;
            double noise = 1 + 0.1 * random.nextDouble();
            int granted = step / 50 % 2 == 0 ? 0 : Math.min(costs.promptTokens(decodes, 1), MOST - decodes);
            double time = Machine.WIDE.millis(decodes, granted) * noise;
            costs.measured(decodes, granted, nanos(time));
            millis.add(time);
        }
        double[] sorted = millis.stream().mapToDouble(time -> time).sorted().toArray();
        assertTrue(sorted[sorted.length * 99 / 100] < 3 * sorted[sorted.length / 2], Arrays.toString(sorted));
    }

    @Test
    void oneSlowStepIsForgotten() {
        StepCosts costs = new StepCosts();
        costs.measured(4, 0, nanos(10 * Machine.WIDE.millis(4, 0)));
        for (int step = 0; step < 3 * StepCosts.MEASURE_AGAIN; step++) {
            run(costs, Machine.WIDE, 4, 1);
        }
        assertTrue(Machine.WIDE.millis(4, costs.promptTokens(4, 1)) < 3 * Machine.WIDE.millis(4, 0));
        costs.measured(4, 30, nanos(2000));
        for (int step = 0; step < 600; step++) {
            run(costs, Machine.WIDE, 4, 1);
        }
        assertTrue(Machine.WIDE.millis(4, costs.promptTokens(4, 1)) > 2.2 * Machine.WIDE.millis(4, 0));
    }

    @Test
    void aBusyMachineDoesNotStarvePrompts() {
        RandomGenerator random = Seeds.fixed(6);
        StepCosts quiet = new StepCosts();
        StepCosts busy = new StepCosts();
        int quietTokens = 0;
        int busyTokens = 0;
        for (int step = 0; step < 3000; step++) {
            quietTokens += run(quiet, Machine.WIDE, 4, 1);
            busyTokens += run(busy, Machine.WIDE, 4, random.nextInt(5) == 0 ? 2 + 3 * random.nextDouble() : 1);
        }
        assertTrue(busyTokens > quietTokens / 2, busyTokens + " tokens on the busy, " + quietTokens + " on the quiet");
    }

    @Test
    void aMachineThatBecomesSlowerIsMeasuredAgain() {
        StepCosts costs = new StepCosts();
        for (int step = 0; step < 100; step++) {
            run(costs, Machine.WIDE, 8, 1);
        }
        int before = costs.promptTokens(8, 1);
        int skipped = 0;
        for (int step = 0; step < 200; step++) {
            skipped += run(costs, Machine.WIDE, 8, 3) == 0 ? 1 : 0;
        }
        assertEquals(before, costs.promptTokens(8, 1), 8);
        assertTrue(skipped <= 200 / StepCosts.MEASURE_AGAIN + 1, "prompts missed " + skipped + " steps of 200");
    }

    /** Clients that ask again as soon as they are answered: prompts of 600 tokens, answers of 64. */
    @ParameterizedTest
    @EnumSource(Machine.class)
    void fewAnswersDoNotHoldManyPromptsUp(Machine machine) {
        Service service = new Service(machine);
        for (int i = 0; i < 16; i++) {
            service.clients.add(new Client(600, 64));
        }
        service.steps(3000);
        int answered =
                service.clients.stream().mapToInt(client -> client.answered).sum();
        double perSecond = answered * 664 / (service.totalMillis / 1e3);
        double best = MOST / (machine.millis(0, MOST) / 1e3);
        assertTrue(perSecond > 0.5 * best, machine + ": " + perSecond + " tokens a second, at best " + best);
        double alone = machine.millis(16, StepCosts.LEAST_PROMPT_TOKENS);
        assertTrue(
                service.longestMillis() < 1.2 * StepCosts.MOST_STRETCH * alone,
                machine + ": " + service.longestMillis() + " ms");
    }

    @ParameterizedTest
    @EnumSource(value = Machine.class, names = "SCALAR", mode = EnumSource.Mode.EXCLUDE)
    void manyAnswersGoOnEvenlyWhenPromptsArrive(Machine machine) {
        Service service = new Service(machine);
        for (int i = 0; i < 8; i++) {
            service.clients.add(new Client(0, 100_000));
        }
        for (int arrival = 0; arrival < 20; arrival++) {
            service.steps(100);
            Client prompt = new Client(1000, 4);
            service.clients.add(prompt);
            while (prompt.answered == 0) {
                service.steps(1);
            }
            service.clients.remove(prompt);
        }
        double[] sorted =
                service.decodeMillis.stream().mapToDouble(time -> time).sorted().toArray();
        assertTrue(sorted[sorted.length * 99 / 100] < 3 * sorted[sorted.length / 2], machine + Arrays.toString(sorted));
    }

    private static final class Service {
        private final Machine machine;
        private final List<Client> clients = new ArrayList<>();
        private final StepCosts costs = new StepCosts();
        private final List<Double> decodeMillis = new ArrayList<>();
        private double totalMillis;

        Service(Machine machine) {
            this.machine = machine;
        }

        double longestMillis() {
            return decodeMillis.stream().mapToDouble(time -> time).max().orElseThrow();
        }

        void steps(int count) {
            for (int step = 0; step < count; step++) {
                step();
            }
        }

        private void step() {
            List<Client> decoding =
                    clients.stream().filter(client -> client.prompt == 0).toList();
            int waiting = clients.size() - decoding.size();
            int budget = decoding.isEmpty() || waiting == 0 ? MOST : costs.promptTokens(decoding.size(), waiting);
            int left = Math.min(budget, MOST - decoding.size());
            int prompts = 0;
            for (Client client : clients) {
                int count = Math.min(client.prompt, left);
                client.prompt -= count;
                left -= count;
                prompts += count;
            }
            double millis = machine.millis(decoding.size(), prompts);
            costs.measured(decoding.size(), prompts, nanos(millis));
            totalMillis += millis;
            if (!decoding.isEmpty()) {
                decodeMillis.add(millis);
                decoding.forEach(Client::decoded);
            }
        }
    }

    private static final class Client {
        private final int promptTokens;
        private final int newTokens;
        private int prompt;
        private int answer;
        private int answered;

        Client(int promptTokens, int newTokens) {
            this.promptTokens = promptTokens;
            this.newTokens = newTokens;
            prompt = promptTokens;
        }

        void decoded() {
            if (++answer == newTokens) {
                answered++;
                answer = 0;
                prompt = promptTokens;
            }
        }
    }

    @Test
    void theSummaryIsWhatWasMeasured() {
        StepCosts costs = new StepCosts();
        assertEquals(new EngineStats.StepCost(0, 0, 0, 0), costs.summary());
        costs.measured(3, 0, 30_000_000);
        costs.measured(3, 10, 50_000_000);
        assertEquals(new EngineStats.StepCost(3, 30, 2, 10), costs.summary());
        costs.measured(0, MOST, 1_000_000_000);
        assertEquals(10, costs.summary().promptTokensGranted());
    }

    /** A step with prompts waiting, on a machine so many times slower; returns the tokens granted. */
    private static int run(StepCosts costs, Machine machine, int decodes, double slower) {
        int granted = Math.min(costs.promptTokens(decodes, 1), MOST - decodes);
        costs.measured(decodes, granted, nanos(slower * machine.millis(decodes, granted)));
        return granted;
    }

    private static long nanos(double millis) {
        return Math.round(millis * 1e6);
    }

    @Test
    void stepsWithDraftsAreExpectedToTakeWhatWasMeasured() {
        StepCosts costs = new StepCosts();
        assertEquals(0, costs.stepTime(1).nanos(1), "nothing is known");
        costs.measured(1, 0, 0, 1000);
        assertEquals(1000, costs.stepTime(1).nanos(1));
        assertEquals(2500, costs.stepTime(1).nanos(4), 1e-9, "half the proportion beyond what was measured");
        assertEquals(0, costs.stepTime(2).nanos(2), "two answers were not measured");
        costs.measured(1, 0, 100, 4000);
        assertEquals(1300, costs.stepTime(1).nanos(11), 1e-9, "between an answer alone and a prompt");
        costs.measured(1, 8, 0, 1080);
        assertEquals(1010, costs.stepTime(1).nanos(2), 1e-9, "between what was measured with drafts");
        assertEquals(1080, costs.stepTime(1).nanos(9), 1e-9);
        costs.measured(1, 3, 0, 1200);
        assertEquals(1200, costs.stepTime(1).nanos(9), 1e-9, "more rows do not take less");
        for (int step = 0; step < 600; step++) {
            costs.measured(1, 3, 0, 1200);
        }
        assertEquals(0, costs.stepTime(1).nanos(4), "an answer alone is measured again");
    }
}
