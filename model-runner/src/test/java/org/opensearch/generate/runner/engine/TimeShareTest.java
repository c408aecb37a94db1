// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** How long an engine rests, and what wakes it. */
class TimeShareTest {
    /** With this share the first step is followed by a rest longer than any test. */
    private static final double HARDLY = 1e-12;

    @Test
    void theRestIsWhatTheShareLeaves() {
        TimeShare share = new TimeShare();
        assertEquals(0, share.restNanos(5));
        share.worked(100, 200);
        assertEquals(0, share.restNanos(200));
        share.share(0.25);
        assertEquals(300, share.restNanos(200));
        assertEquals(100, share.restNanos(400));
        assertEquals(0, share.restNanos(501));
        share.share(HARDLY);
        assertEquals(TimeUnit.DAYS.toNanos(1), share.restNanos(200));
        share.share(1);
        assertEquals(0, share.restNanos(200));
        for (double wrong : new double[] {0, -1, 1.01, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> share.share(wrong));
        }
    }

    @Test
    void answersTakeAtLeastAsLongAsTheShareWants() throws Exception {
        long step = TimeUnit.MILLISECONDS.toNanos(1);
        try (HashModel model = slow(step);
                Engine engine = engine(model)) {
            engine.setShare(0.2);
            assertEquals(0.2, engine.share());
            long start = System.nanoTime();
            ask(engine, 10, Long.MAX_VALUE).get();
            assertTrue(System.nanoTime() - start >= (1 + 9 * 5) * step);
        }
    }

    @Test
    void aCancelAnEndOfTimeAndTheEndOfTheEngineWakeIt() throws Exception {
        Answer open;
        try (HashModel model = slow(1_000_000);
                Engine engine = engine(model)) {
            engine.setShare(HARDLY);
            Answer cancelled = new Answer();
            GenerationHandle handle = engine.submit(request(50, Long.MAX_VALUE), cancelled);
            Answer late = ask(engine, 50, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(30));
            assertEquals(FinishReason.TIMEOUT, late.get().finishReason());
            handle.cancel();
            assertEquals(FinishReason.CANCELLED, cancelled.get().finishReason());
            open = ask(engine, 50, Long.MAX_VALUE);
        }
        assertEquals(FinishReason.CANCELLED, open.get().finishReason());
    }

    @Test
    void aLargerShareEndsTheRest() throws Exception {
        try (HashModel model = slow(1_000_000);
                Engine engine = engine(model)) {
            engine.setShare(HARDLY);
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                answers.add(ask(engine, 5, Long.MAX_VALUE));
            }
            engine.setShare(1);
            for (Answer answer : answers) {
                assertEquals(5, answer.get().tokens().size());
            }
        }
    }

    private static HashModel slow(long stepNanos) {
        return new HashModel(40, 32, 200).endless().failing(call -> {
            long end = System.nanoTime() + stepNanos;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            return false;
        });
    }

    private static Engine engine(HashModel model) {
        return new Engine("hash", model, new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(32, 8, 64));
    }

    private static GenerationRequest request(int maxNewTokens, long deadlineNanos) {
        return new GenerationRequest(
                new int[] {1, 2, 3}, maxNewTokens, SamplingOptions.GREEDY, List.of(), -1, "", deadlineNanos);
    }

    private static Answer ask(Engine engine, int maxNewTokens, long deadlineNanos) {
        Answer answer = new Answer();
        engine.submit(request(maxNewTokens, deadlineNanos), answer);
        return answer;
    }
}
