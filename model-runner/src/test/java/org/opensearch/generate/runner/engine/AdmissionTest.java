// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Who is let in, and when who is not may come back. Time is counted, not waited for. */
class AdmissionTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private long number;

    @Test
    void oneUserFillsMostOfTheQueueAndThereIsRoomForOthers() {
        Admission admission = admission(100, 8);
        int one = fill(admission, "one", Priority.INTERACTIVE);
        assertEquals(80, one);
        int two = fill(admission, "two", Priority.INTERACTIVE);
        assertTrue(two >= 16, two + " of the second");
        enter(admission, "three", Priority.INTERACTIVE, 0);
        enter(admission, "one", Priority.INGEST, 0);
    }

    @Test
    void aShortQueueIsOneUsersToFill() {
        assertEquals(4, fill(admission(4, 8), "one", Priority.INTERACTIVE));
    }

    @Test
    void ingestThatWaitsTakesNoPlaceOfQuestions() {
        Pace pace = new Pace();
        pace.step(0, SECOND / 10.0, 0);
        Admission admission = new Admission(new EngineOptions(64, 1, 4), pace);
        assertEquals(4, fill(admission, "indexer", Priority.INGEST));
        assertEquals(4, fill(admission, "one", Priority.INTERACTIVE));
        assertEquals(8, admission.queued());
        assertEquals(
                "4 requests wait already, no more than 4 may",
                String.valueOf(refused(admission, Priority.INTERACTIVE).getMessage()));
        OverloadedException ingest = refused(admission, Priority.INGEST);
        assertEquals("8 requests wait already, no more than 4 may", String.valueOf(ingest.getMessage()));
        assertTrue(ingest.retryAfterSeconds() > 2 * 4, "all the questions go first");
    }

    @Test
    void aUserHasNoMoreRequestsThanItsLimit() {
        Admission admission = admission(100, 8);
        admission.limits(new EngineLimits(Map.of(), 0.1, 3, 0));
        List<Sequence> mine = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            mine.add(enter(admission, "one", Priority.INTERACTIVE, 0));
        }
        OverloadedException refused =
                assertThrows(OverloadedException.class, () -> enter(admission, "one", Priority.INGEST, 0));
        assertEquals(
                "3 requests of this user run and wait already, no more than 3 may",
                String.valueOf(refused.getMessage()));
        enter(admission, "two", Priority.INTERACTIVE, 0);
        admission.ended(mine.getFirst());
        enter(admission, "one", Priority.INGEST, 0);
    }

    @Test
    void tokensAMinuteFlowBackAndWhatWasNotNeededIsReturned() {
        Admission admission = admission(100, 8);
        admission.limits(new EngineLimits(Map.of(), 0.1, 0, 600));
        List<Sequence> mine = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            mine.add(enter(admission, "one", Priority.INTERACTIVE, 0));
        }
        OverloadedException refused =
                assertThrows(OverloadedException.class, () -> enter(admission, "one", Priority.INTERACTIVE, 0));
        assertEquals(3, refused.retryAfterSeconds());
        assertEquals(
                "this user has had 600 of 600 tokens a minute, the request may need 30",
                String.valueOf(refused.getMessage()));
        enter(admission, "two", Priority.INTERACTIVE, 0);
        enter(admission, "one", Priority.INTERACTIVE, 3 * SECOND);
        Sequence ended = mine.getFirst();
        ended.charged = 12;
        admission.ended(ended);
        assertThrows(OverloadedException.class, () -> enter(admission, "one", Priority.INTERACTIVE, 3 * SECOND));
        enter(admission, "one", Priority.INTERACTIVE, 5 * SECOND);
    }

    @Test
    void aRequestLargerThanTheBucketGetsAFullOne() {
        Admission admission = admission(100, 8);
        admission.limits(new EngineLimits(Map.of(), 0.1, 0, 12));
        enter(admission, "one", Priority.INTERACTIVE, 0);
        OverloadedException refused =
                assertThrows(OverloadedException.class, () -> enter(admission, "one", Priority.INTERACTIVE, SECOND));
        assertEquals(149, refused.retryAfterSeconds());
        enter(admission, "one", Priority.INTERACTIVE, 150 * SECOND);
    }

    /** Every client does as it is told; answers end when they have all their tokens, or before. */
    @Test
    void whoWaitsAsLongAsToldIsLetIn() throws Exception {
        Seeds.forAll(60, random -> {
            int places = random.nextInt(1, 6);
            double stepNanos = random.nextInt(1, 80) * 1e6;
            Pace pace = new Pace();
            Admission admission = new Admission(new EngineOptions(64, places, random.nextInt(1, 20)), pace);
            boolean limited = random.nextBoolean();
            admission.limits(new EngineLimits(Map.of(), 0.1, limited ? random.nextInt(1, 6) : 0, 0));
            Deque<Sequence> waiting = new ArrayDeque<>();
            List<Sequence> running = new ArrayList<>();
            Map<Long, Integer> returning = new java.util.TreeMap<>();
            long now = 0;
            int refused = 0;
            pace.step(now, stepNanos, 0);
            for (int i = 0; i < 40; i++) {
                try {
                    waiting.add(enter(admission, "one", Priority.INTERACTIVE, now));
                } catch (OverloadedException e) {
                    returning.merge(now + e.retryAfterSeconds() * SECOND, 1, Integer::sum);
                    refused++;
                }
            }
            assertTrue(refused > 0);
            while (!waiting.isEmpty() || !running.isEmpty()) {
                now += (long) stepNanos;
                pace.step(now, stepNanos, 0);
                while (running.size() < places && !waiting.isEmpty()) {
                    Sequence begins = waiting.remove();
                    admission.starts(begins, now);
                    running.add(begins);
                }
                for (Sequence sequence : List.copyOf(running)) {
                    sequence.add(new GeneratedToken(1, 0f, List.of()));
                    if (sequence.generated() == sequence.maxNewTokens || random.nextInt(30) == 0) {
                        running.remove(sequence);
                        admission.ended(sequence);
                    }
                }
                for (Long at : List.copyOf(returning.keySet())) {
                    if (at <= now) {
                        for (int client = returning.remove(at); client > 0; client--) {
                            waiting.add(enter(admission, "one", Priority.INTERACTIVE, now));
                        }
                    }
                }
            }
            assertEquals(0, admission.queued());
        });
    }

    @Test
    void ofSeveralUsersRefusedTogetherEachIsToldOfAPlaceOfItsOwn() {
        Pace pace = new Pace();
        pace.step(0, SECOND / 10.0, 0);
        Admission admission = new Admission(new EngineOptions(64, 2, 4), pace);
        for (int i = 0; i < 4; i++) {
            enter(admission, "first" + i, Priority.INTERACTIVE, 0);
        }
        List<Integer> told = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String user = "late" + i;
            OverloadedException refused =
                    assertThrows(OverloadedException.class, () -> enter(admission, user, Priority.INTERACTIVE, 0));
            told.add(refused.retryAfterSeconds());
        }
        // An answer of 20 tokens takes 4 seconds at most, two run at once.
        assertEquals(List.of(1, 1, 5, 5, 9, 9), told);
    }

    /** What waits for its own kind, as documents and the tasks of a batch do, leaves nobody else waiting longer. */
    @Test
    void aPlaceIsPromisedOnlyToWhoIsTold() {
        Admission admission = admission(100, 8);
        admission.limits(new EngineLimits(Map.of(), 0.1, 0, 600));
        for (int i = 0; i < 20; i++) {
            enter(admission, "one", Priority.INTERACTIVE, 0);
        }
        for (int i = 0; i < 50; i++) {
            refused(admission, Priority.INTERACTIVE);
            assertEquals(3, refused(admission, Priority.INGEST).retryAfterSeconds());
        }
        OverloadedException first = refused(admission, Priority.INTERACTIVE);
        assertEquals(3, first.retryAfterSeconds());
        assertEquals(6, refused(admission, Priority.INTERACTIVE).retryAfterSeconds());
        assertEquals(3, first.retryAfterSeconds());
    }

    private OverloadedException refused(Admission admission, Priority priority) {
        return assertThrows(OverloadedException.class, () -> enter(admission, "one", priority, 0));
    }

    private static Admission admission(int maxQueue, int places) {
        return new Admission(new EngineOptions(64, places, maxQueue), new Pace());
    }

    private int fill(Admission admission, String user, Priority priority) {
        for (int entered = 0; ; entered++) {
            try {
                enter(admission, user, priority, 0);
            } catch (OverloadedException e) {
                assertTrue(e.retryAfterSeconds() >= 1);
                return entered;
            }
        }
    }

    private Sequence enter(Admission admission, String user, Priority priority, long nowNanos) {
        Sequence sequence = new Sequence(
                ++number,
                new GenerationRequest(new int[10], 20, SamplingOptions.GREEDY, List.of(), -1, "", Long.MAX_VALUE)
                        .of(user, priority),
                new Answer(),
                new LetterTokenizer(HashModel.VOCABULARY).streamDecoder(),
                null,
                20,
                nowNanos);
        admission.enter(sequence, nowNanos);
        return sequence;
    }
}
