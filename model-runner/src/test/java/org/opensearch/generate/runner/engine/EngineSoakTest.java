// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Many callers at once, who submit, cancel, set deadlines, and close the engine under each other's hands. */
class EngineSoakTest {
    private static final int CALLERS = 4;
    private static final int REQUESTS = 150;

    @Test
    void everyRequestEndsOnceAndNothingIsLeft() throws Exception {
        for (int round = 0; round < 4; round++) {
            Engine engine;
            try (HashModel model = new HashModel(16, 32, 200)) {
                engine = new Engine(
                        "soak", model, new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(32, 6, 16));
                soak(engine, round % 2 == 1);
            }
            EngineStats stats = engine.stats();
            assertEquals(0, stats.pagesUsed());
            assertEquals(0, stats.queued());
            assertEquals(0, stats.failures());
        }
    }

    private static void soak(Engine engine, boolean closeEarly) throws Exception {
        List<Callable<Integer>> callers = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            long seed = caller;
            callers.add(() -> call(engine, Seeds.fixed(seed)));
        }
        try (engine;
                ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<Integer>> ends = new ArrayList<>();
            callers.forEach(caller -> ends.add(threads.submit(caller)));
            if (closeEarly) {
                while (engine.stats().steps() < 200) {
                    Thread.onSpinWait();
                }
                engine.close();
            }
            for (Future<Integer> end : ends) {
                end.get();
            }
        }
    }

    private static int call(Engine engine, RandomGenerator random) throws Exception {
        List<Answer> answers = new ArrayList<>();
        List<GenerationHandle> handles = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            Answer answer = new Answer();
            int[] prompt =
                    random.ints(random.nextInt(1, 120), 0, HashModel.VOCABULARY).toArray();
            long deadline = random.nextInt(5) == 0 ? System.nanoTime() + random.nextInt(2_000_000) : Long.MAX_VALUE;
            try {
                handles.add(engine.submit(
                        new GenerationRequest(
                                prompt, random.nextInt(1, 40), SamplingOptions.GREEDY, List.of(), -1, "", deadline),
                        answer));
                answers.add(answer);
            } catch (OverloadedException e) {
                if (!answers.isEmpty()) {
                    answers.get(random.nextInt(answers.size())).get();
                }
            } catch (IllegalStateException e) {
                break;
            }
            if (random.nextInt(3) == 0 && !handles.isEmpty()) {
                handles.get(random.nextInt(handles.size())).cancel();
            }
        }
        for (Answer answer : answers) {
            answer.get();
        }
        return answers.size();
    }
}
