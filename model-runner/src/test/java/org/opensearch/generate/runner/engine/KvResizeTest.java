// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** The number of KV pages changes while the engine works. */
class KvResizeTest {
    private static final EngineOptions OPTIONS = new EngineOptions(32, 8, 64);

    @Test
    void morePagesAreThereAtOnceAndFewerWhenTheAnswerThatHasThemEnds() throws Exception {
        int[] alone;
        try (HashModel model = new HashModel(40, 32, 2000).endless();
                Engine engine = engine(model)) {
            alone = Answer.ids(ask(engine, 40, 600).get());
        }
        CountDownLatch shrunk = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        try (HashModel model = new HashModel(10, 32, 2000).endless().failing(call -> {
                    if (call == 100) {
                        running.countDown();
                        await(shrunk);
                    }
                    return false;
                });
                Engine engine = engine(model)) {
            assertEquals(10 * KvCache.PAGE, engine.maxContext());
            engine.setPages(40);
            until(engine, 40);
            assertEquals(40 * KvCache.PAGE, engine.maxContext());
            Answer answer = ask(engine, 40, 600);
            await(running);
            engine.setPages(3);
            assertEquals(3 * KvCache.PAGE, engine.maxContext());
            assertThrows(PromptTooLongException.class, () -> ask(engine, 96, 1));
            Answer small = ask(engine, 20, 50);
            shrunk.countDown();
            assertArrayEquals(alone, Answer.ids(answer.get()));
            assertEquals(50, small.get().tokens().size());
            until(engine, 3);
            assertEquals(3, model.pages());
            assertEquals(50, ask(engine, 20, 50).get().tokens().size());
        }
    }

    @Test
    void pagesThatAreRefusedAreNotMissed() throws Exception {
        try (HashModel model = new HashModel(10, 32, 2000).endless().refusingMoreThan(20);
                Engine engine = engine(model)) {
            engine.setPages(21);
            assertEquals(100, ask(engine, 40, 100).get().tokens().size());
            assertEquals(10, engine.stats().pagesTotal());
            assertEquals(10 * KvCache.PAGE, engine.maxContext());
            engine.setPages(20);
            until(engine, 20);
            assertThrows(IllegalArgumentException.class, () -> engine.setPages(0));
        }
    }

    /** A plan that counts pages which nobody gets any more finds too few of them when it is run. */
    @Test
    void pagesBeyondTheLimitAreNotPlannedWith() throws Exception {
        Seeds.forAll(60, random -> {
            int pages = random.nextInt(4, 24);
            int places = random.nextInt(2, 10);
            StepDriver driver = new StepDriver(pages, random.nextInt(places, 100), places);
            int asked = 0;
            for (int step = 0; step < 100 || !driver.scheduler.isIdle(); step++) {
                assertTrue(step < 100_000, "no progress");
                if (step < 100 && random.nextInt(4) == 0) {
                    int most = driver.pool.limit() * KvCache.PAGE / 3;
                    driver.add(
                            "user" + random.nextInt(3),
                            Priority.INTERACTIVE,
                            random.nextInt(1, most),
                            random.nextInt(1, most));
                    asked++;
                }
                if (random.nextInt(40) == 0) {
                    int needed = driver.scheduler.sequences().stream()
                            .mapToInt(Sequence::mostPages)
                            .max()
                            .orElse(1);
                    driver.pool.limit(random.nextInt(needed, pages + 1));
                }
                driver.step();
            }
            assertEquals(asked, driver.ended.size());
        });
    }

    private static Engine engine(HashModel model) {
        return new Engine("hash", model, new LetterTokenizer(HashModel.VOCABULARY), OPTIONS);
    }

    private static Answer ask(Engine engine, int promptTokens, int newTokens) {
        int[] prompt = new int[promptTokens];
        prompt[0] = promptTokens % HashModel.VOCABULARY;
        Answer answer = new Answer();
        engine.submit(Answer.request(prompt, newTokens, SamplingOptions.GREEDY), answer);
        return answer;
    }

    private static void until(Engine engine, int pages) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (engine.stats().pagesTotal() != pages) {
            assertTrue(System.nanoTime() < deadline, engine.stats().pagesTotal() + " pages");
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
