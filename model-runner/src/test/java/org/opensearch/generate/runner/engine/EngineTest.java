// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.sample.TokenHistory;

class EngineTest {
    private static final EngineOptions OPTIONS = new EngineOptions(32, 8, 64);

    @Test
    void anAnswerEndsAtItsLimitAtAStopTextAndAtTheContextsEnd() throws Exception {
        try (HashModel model = new HashModel(20, 32, 100).endless();
                Engine engine = engine(model)) {
            Generation limited = ask(engine, prompt(5), 3).get();
            assertEquals(FinishReason.LENGTH, limited.finishReason());
            assertEquals(3, limited.tokens().size());
            assertEquals(5, limited.promptTokens());

            String second = limited.text().substring(1, 2);
            Answer answer = new Answer();
            engine.submit(
                    new GenerationRequest(
                            prompt(5), 50, SamplingOptions.GREEDY, List.of(second), -1, "", Long.MAX_VALUE),
                    answer);
            Generation stopped = answer.get();
            assertEquals(FinishReason.STOP, stopped.finishReason());
            assertEquals(limited.text().substring(0, 1), stopped.text());

            Generation whole = ask(engine, prompt(98), 50).get();
            assertTrue(whole.tokens().size() <= 2);
        }
    }

    @Test
    void theEndTokenIsNoPartOfTheAnswer() throws Exception {
        try (HashModel model = new HashModel(20, 32, 400);
                Engine engine = engine(model)) {
            for (int length = 1; length < 40; length++) {
                Generation answer = ask(engine, prompt(length), 300).get();
                if (answer.finishReason() == FinishReason.STOP) {
                    assertFalse(answer.tokens().stream().anyMatch(token -> token.id() == HashModel.END));
                    return;
                }
            }
            throw new AssertionError("no answer ended by itself");
        }
    }

    @Test
    void whatCanNeverFitOrIsMalformedIsRefusedAtOnce() {
        try (HashModel model = new HashModel(2, 32, 1000);
                Engine engine = engine(model)) {
            assertEquals(64, engine.maxContext());
            PromptTooLongException tooLong =
                    assertThrows(PromptTooLongException.class, () -> ask(engine, prompt(64), 1));
            assertEquals("the prompt has 64 tokens, at most 63 fit", tooLong.getMessage());
            assertThrows(IllegalArgumentException.class, () -> ask(engine, new int[0], 1));
            assertThrows(IllegalArgumentException.class, () -> ask(engine, prompt(3), 0));
            assertThrows(IllegalArgumentException.class, () -> ask(engine, new int[] {HashModel.VOCABULARY}, 1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> engine.submit(
                            new GenerationRequest(
                                    prompt(3), 1, SamplingOptions.GREEDY, List.of(""), -1, "", Long.MAX_VALUE),
                            new Answer()));
        }
    }

    @Test
    void aFullQueueRefusesAndSaysWhenToComeBack() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch inStep = new CountDownLatch(1);
        try (HashModel model = new HashModel(20, 32, 100).endless().failing(call -> {
                    inStep.countDown();
                    return !await(gate);
                });
                Engine engine = new Engine("hash", model, tokenizer(), new EngineOptions(32, 1, 2))) {
            List<Answer> answers = new ArrayList<>();
            answers.add(ask(engine, prompt(5), 4));
            await(inStep);
            answers.add(ask(engine, prompt(6), 4));
            OverloadedException refused = assertThrows(OverloadedException.class, () -> ask(engine, prompt(7), 4));
            assertTrue(refused.retryAfterSeconds() >= 1);
            assertEquals(1, engine.stats().rejected());
            gate.countDown();
            for (Answer answer : answers) {
                answer.get();
            }
        }
    }

    @Test
    void aCancelEndsARequestThatRunsOrWaits() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch inStep = new CountDownLatch(1);
        try (HashModel model = new HashModel(20, 32, 600).endless().failing(call -> {
                    inStep.countDown();
                    return !await(gate);
                });
                Engine engine = new Engine("hash", model, tokenizer(), new EngineOptions(32, 1, 2))) {
            Answer running = new Answer();
            Answer waiting = new Answer();
            GenerationHandle first = engine.submit(request(40, 500), running);
            await(inStep);
            GenerationHandle second = engine.submit(request(50, 500), waiting);
            first.cancel();
            second.cancel();
            gate.countDown();
            assertEquals(FinishReason.CANCELLED, running.get().finishReason());
            Generation never = waiting.get();
            assertEquals(FinishReason.CANCELLED, never.finishReason());
            assertEquals(0, never.tokens().size());
            second.cancel();
            EngineStats stats = closed(engine);
            assertEquals(0, stats.pagesUsed());
            assertEquals(2L, stats.finished().get(FinishReason.CANCELLED));
        }
    }

    @Test
    void deadlinesHoldInTheQueueAndWhileRunning() throws Exception {
        try (HashModel model = new HashModel(40, 32, 1000).endless();
                Engine engine = engine(model)) {
            assertEquals(FinishReason.TIMEOUT, within(engine, 0).finishReason());
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(30);
            model.failing(call -> {
                while (call > 3 && System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
                return false;
            });
            Generation cut = within(engine, deadline - System.nanoTime());
            assertEquals(FinishReason.TIMEOUT, cut.finishReason());
            EngineStats stats = closed(engine);
            assertEquals(0, stats.pagesUsed());
        }
    }

    private static Generation within(Engine engine, long nanos) throws Exception {
        Answer answer = new Answer();
        engine.submit(
                new GenerationRequest(
                        prompt(20), 900, SamplingOptions.GREEDY, List.of(), -1, "", System.nanoTime() + nanos),
                answer);
        return answer.get();
    }

    @Test
    void aListenerThatThrowsHurtsOnlyItself() throws Exception {
        try (HashModel model = new HashModel(20, 32, 100).endless();
                Engine engine = engine(model)) {
            IllegalStateException mine = new IllegalStateException("mine");
            Answer told = new Answer();
            engine.submit(request(5, 9), new GenerationListener() {
                @Override
                public void onToken(GeneratedToken token, String text) {
                    throw mine;
                }

                @Override
                public void onFinished(Generation generation) {}

                @Override
                public void onFailure(Exception failure) {
                    told.onFailure(failure);
                    throw mine;
                }
            });
            Answer other = ask(engine, prompt(5), 3);
            assertSame(mine, told.failure());
            assertEquals(3, other.get().tokens().size());
            assertEquals(1, engine.stats().failures());
        }
    }

    @Test
    void aLogitThatIsNoNumberFailsItsRequestOnly() throws Exception {
        try (HashModel model = new HashModel(20, 32, 100).endless().poisoning(call -> call == 1);
                Engine engine = engine(model)) {
            Throwable failure = ask(engine, prompt(5), 3).failure();
            assertEquals("the model's logit of token 7 is NaN", failure.getMessage());
            assertEquals(3, ask(engine, prompt(5), 3).get().tokens().size());
        }
    }

    @Test
    void oneFailedStepIsRepeatedAndTwoInARowFailTheirRequests() throws Exception {
        int failures = 0;
        for (int failing = 1; failing <= 12; failing++) {
            int first = failing;
            for (int last = first; last <= first + 1; last++) {
                int until = last;
                try (HashModel model = new HashModel(5, 32, 100).failing(call -> call >= first && call <= until);
                        Engine engine = new Engine("hash", model, tokenizer(), new EngineOptions(20, 3, 64))) {
                    List<Answer> answers = new ArrayList<>();
                    for (int length = 30; length < 36; length++) {
                        answers.add(ask(engine, prompt(length), 6));
                    }
                    for (int i = 0; i < answers.size(); i++) {
                        if (first == until) {
                            assertArrayEquals(
                                    alone(prompt(30 + i), 6),
                                    Answer.ids(answers.get(i).get()));
                        } else if (answers.get(i).failedWith("as the test wants")) {
                            failures++;
                        } else {
                            assertArrayEquals(
                                    alone(prompt(30 + i), 6),
                                    Answer.ids(answers.get(i).get()));
                        }
                    }
                    EngineStats stats = closed(engine);
                    assertEquals(0, stats.pagesUsed());
                    assertTrue(stats.failedSteps() <= 2);
                }
            }
        }
        assertTrue(failures >= 12);
    }

    @Test
    void closingCancelsAllAndLeavesNoThread() throws Exception {
        try (HashModel model = new HashModel(40, 32, 1000).endless()) {
            Engine engine = new Engine("leaves-nothing", model, tokenizer(), new EngineOptions(32, 2, 64));
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Answer answer = new Answer();
                engine.submit(request(10 + i, 900), answer);
                answers.add(answer);
            }
            engine.close();
            for (Answer answer : answers) {
                assertTrue(answer.hasEnded());
                answer.get();
            }
            engine.close();
            assertThrows(EngineClosedException.class, () -> engine.submit(request(5, 5), new Answer()));
            assertFalse(Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().equals("generate-engine-leaves-nothing")));
            assertEquals(0, engine.stats().pagesUsed());
            assertEquals(0, engine.stats().queued());
        }
    }

    @Test
    void aListenerMayCloseTheEngine() throws Exception {
        try (HashModel model = new HashModel(40, 32, 1000).endless()) {
            Engine engine = engine(model);
            Answer answer = new Answer() {
                @Override
                public void onToken(GeneratedToken token, String text) {
                    super.onToken(token, text);
                    engine.close();
                }
            };
            engine.submit(request(10, 900), answer);
            assertEquals(FinishReason.CANCELLED, answer.get().finishReason());
            engine.close();
        }
    }

    @Test
    void prefixesAreFoundAgainButNotByOtherTenants() throws Exception {
        try (HashModel model = new HashModel(20, 32, 400);
                Engine engine = engine(model)) {
            int[] prompt = prompt(2 * KvCache.PAGE);
            int[] first = Answer.ids(ask(engine, prompt, 9).get());
            Generation again = ask(engine, prompt, 9).get();
            assertEquals(prompt.length - 1, again.cachedTokens());
            assertArrayEquals(first, Answer.ids(again));
            Answer answer = new Answer();
            engine.submit(
                    new GenerationRequest(prompt, 9, SamplingOptions.GREEDY, List.of(), -1, "b", Long.MAX_VALUE),
                    answer);
            assertEquals(0, answer.get().cachedTokens());
            assertArrayEquals(first, Answer.ids(answer.get()));
            int[] longer = Arrays.copyOf(prompt, prompt.length + 5);
            assertEquals(prompt.length, ask(engine, longer, 9).get().cachedTokens());
        }
    }

    @Test
    void theYoungestGiveWayWhenPagesRunOutAndNothingIsLost() throws Exception {
        try (HashModel model = new HashModel(6, 64, 150).endless();
                Engine engine = new Engine("hash", model, tokenizer(), new EngineOptions(64, 4, 64))) {
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Answer answer = new Answer();
                engine.submit(Answer.request(prompt(20 + i), 120, SamplingOptions.GREEDY), answer);
                answers.add(answer);
            }
            for (int i = 0; i < 4; i++) {
                assertEquals(120, answers.get(i).get().tokens().size());
            }
            EngineStats stats = closed(engine);

            assertTrue(stats.evictions() > 0, "nothing was evicted");
            assertTrue(stats.recomputedTokens() > 0);
            assertEquals(480, stats.generatedTokens());
            assertEquals(0, stats.pagesUsed());
        }
    }

    @Test
    void statisticsAddUp() throws Exception {
        try (HashModel model = new HashModel(40, 32, 400).endless();
                Engine engine = engine(model)) {
            for (int i = 0; i < 5; i++) {
                ask(engine, prompt(70), 4).get();
            }
            EngineStats stats = closed(engine);

            assertEquals("java", stats.kernels());
            assertEquals(
                    5L, stats.finished().values().stream().mapToLong(n -> n).sum());
            assertEquals(350, stats.promptTokens());
            assertEquals(4 * 64, stats.cachedTokens());
            assertEquals(256.0 / 350, stats.cacheHitRate());
            assertEquals(5, stats.firstTokenTime().count());
            assertEquals(5, stats.queueTime().count());
            assertEquals(15, stats.interTokenTime().count());
            assertEquals(
                    stats.steps(),
                    stats.batchRows().stream()
                            .mapToLong(EngineStats.BatchRows::steps)
                            .sum());
            assertEquals(40, stats.pagesTotal());
            assertTrue(stats.pagesCached() >= 2);
            assertTrue(stats.prefillTokensPerSecond() > 0 && stats.decodeTokensPerSecond() > 0);
        }
    }

    @Test
    void logprobsAreThoseOfTheModelNotOfThePenalties() throws Exception {
        try (HashModel model = new HashModel(20, 32, 100).endless();
                Engine engine = engine(model)) {
            SamplingOptions penalties = new SamplingOptions(1f, 5, 1f, 0f, 1.5f, 1f, 1f, 3);
            Answer answer = new Answer();
            int[] prompt = prompt(9);
            engine.submit(new GenerationRequest(prompt, 12, penalties, List.of(), 4, "", Long.MAX_VALUE), answer);
            TokenHistory history = new TokenHistory(prompt);
            for (GeneratedToken token : answer.get().tokens()) {
                float[] logits = HashModel.logits(history.tokens(), history.length());
                double total = 0;
                for (float logit : logits) {
                    total += Math.exp(logit);
                }
                assertEquals(logits[token.id()] - Math.log(total), token.logprob(), 1e-4);
                assertEquals(4, token.top().size());
                for (GeneratedToken.Alternative top : token.top()) {
                    assertEquals(logits[top.id()] - Math.log(total), top.logprob(), 1e-4);
                }
                history.append(token.id());
            }
            assertInstanceOf(
                    IllegalArgumentException.class,
                    assertThrows(
                            RuntimeException.class,
                            () -> engine.submit(
                                    new GenerationRequest(prompt, 1, penalties, List.of(), 21, "", Long.MAX_VALUE),
                                    answer)));
        }
    }

    private static Engine engine(HashModel model) {
        return new Engine("hash", model, tokenizer(), OPTIONS);
    }

    /** The statistics after the end. */
    private static EngineStats closed(Engine engine) {
        engine.close();
        return engine.stats();
    }

    private static LetterTokenizer tokenizer() {
        return new LetterTokenizer(HashModel.VOCABULARY);
    }

    private static GenerationRequest request(int promptLength, int maxNewTokens) {
        return Answer.request(prompt(promptLength), maxNewTokens, SamplingOptions.GREEDY);
    }

    private static Answer ask(Engine engine, int[] prompt, int maxNewTokens) {
        Answer answer = new Answer();
        engine.submit(Answer.request(prompt, maxNewTokens, SamplingOptions.GREEDY), answer);
        return answer;
    }

    private static int[] prompt(int length) {
        int[] prompt = new int[length];
        for (int i = 0; i < length; i++) {
            prompt[i] = (i * 7 + length) % (HashModel.VOCABULARY - 1);
        }
        return prompt;
    }

    /** The greedy answer by the definition. */
    private static int[] alone(int[] prompt, int maxNewTokens) {
        int[] tokens = Arrays.copyOf(prompt, prompt.length + maxNewTokens);
        int length = prompt.length;
        while (length < tokens.length) {
            float[] logits = HashModel.logits(tokens, length);
            int best = 0;
            for (int id = 1; id < logits.length; id++) {
                best = logits[id] > logits[best] ? id : best;
            }
            if (best == HashModel.END) {
                break;
            }
            tokens[length++] = best;
        }
        return Arrays.copyOfRange(tokens, prompt.length, length);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
