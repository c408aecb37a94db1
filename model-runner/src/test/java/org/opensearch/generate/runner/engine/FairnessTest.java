// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;

/** Who gets the tokens while several want them. */
class FairnessTest {
    private static final int PAGES = 2000;
    private static final int STEP_TOKENS = 64;
    private static final int PLACES = 8;

    private record User(String name, double weight, int longest) {}

    @Test
    void ofTwoUsersTheOneWithOneRequestWaitsNoMoreThanItsShare() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, PLACES);
        List<Sequence> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(driver.add("many", Priority.INTERACTIVE, 40, 50));
        }
        driver.steps(30);
        assertEquals(PLACES, driver.scheduler.runningSequences());
        int before = driver.tokens("many");
        Sequence one = driver.add("one", Priority.INTERACTIVE, 40, 50);
        driver.steps(3);
        assertTrue(one.admission > 0, "a place is made at once");
        while (!driver.ended.contains(one)) {
            driver.step();
        }
        int meanwhile = driver.tokens("many") - before;
        int own = 90;
        assertTrue(meanwhile <= PLACES * own, meanwhile + " tokens of the other");
        assertTrue(driver.ended.stream().filter(many::contains).count() <= 2 * PLACES);
        while (!driver.scheduler.isIdle()) {
            driver.step();
        }
        assertEquals(101, driver.ended.size());
    }

    @Test
    void theSameUserIsServedInOrderOfArrival() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, 1);
        List<Sequence> sequences = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sequences.add(driver.add("", Priority.INTERACTIVE, 1 + i % 7, 1 + i % 3));
        }
        for (int i = 0; i < 20; i++) {
            while (driver.ended.size() <= i) {
                driver.step();
            }
            assertTrue(driver.ended.contains(sequences.get(i)), "the request of place " + i);
        }
    }

    @Test
    void aLongPromptHoldsNobodyElseUp() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, PLACES);
        Sequence longOne = driver.add("long", Priority.INTERACTIVE, 5000, 1);
        driver.step();
        Sequence shortOne = driver.add("short", Priority.INTERACTIVE, 60, 1);
        driver.step();
        driver.step();
        assertTrue(driver.ended.contains(shortOne));
        assertFalse(driver.ended.contains(longOne));
    }

    @Test
    void usersGetTokensByTheirWeightsWhateverTheyAskFor() throws Exception {
        Seeds.forAll(25, random -> {
            int places = random.nextInt(2, 12);
            StepDriver driver = new StepDriver(PAGES, random.nextInt(places, 200), places);
            int longest = random.nextInt(4, 200);
            List<User> users = new ArrayList<>();
            for (int user = random.nextInt(2, 6); user > 0; user--) {
                users.add(new User("user" + user, random.nextInt(1, 5), random.nextInt(2, longest)));
            }
            driver.scheduler.limits(
                    new EngineLimits(users.stream().collect(Collectors.toMap(User::name, User::weight)), 0.1, 0, 0));
            for (int i = 0; i < 60; i++) {
                users.forEach(user -> driver.add(
                        user.name,
                        Priority.INTERACTIVE,
                        random.nextInt(1, user.longest),
                        random.nextInt(1, user.longest)));
            }
            // What can be on its way at once, in prompts and answers: arXiv 2401.00588, theorem 4.4.
            double bound = 2.0 * (STEP_TOKENS + places * 2 * longest);
            while (driver.scheduler.snapshot().waiting().stream()
                            .map(sequence -> sequence.request.user())
                            .distinct()
                            .count()
                    == users.size()) {
                driver.step();
                double[] served = users.stream()
                        .mapToDouble(user -> driver.tokens(user.name) / user.weight)
                        .sorted()
                        .toArray();
                double difference = served[served.length - 1] - served[0];
                assertTrue(difference <= bound, "the first is " + difference + " ahead of the last, " + users);
            }
            while (!driver.scheduler.isIdle()) {
                driver.step();
            }
            assertEquals(60 * users.size(), driver.ended.size());
        });
    }

    @Test
    void whoComesLateHasSavedNothingUp() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, PLACES);
        for (int i = 0; i < 300; i++) {
            driver.add("early", Priority.INTERACTIVE, 40, 20);
        }
        driver.steps(200);
        int before = driver.tokens("early");
        for (int i = 0; i < 200; i++) {
            driver.add("late", Priority.INTERACTIVE, 40, 20);
        }
        driver.steps(100);
        double share = driver.tokens("late") / (double) (driver.tokens("late") + driver.tokens("early") - before);
        assertTrue(share > 0.4 && share < 0.6, "a share of " + share);
    }

    @Test
    void interactiveRequestsTakeThePlacesOfIngestAtOnce() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, PLACES);
        for (int i = 0; i < 50; i++) {
            driver.add("ingest", Priority.INGEST, 20, 400);
        }
        driver.steps(40);
        assertEquals(PLACES, driver.scheduler.runningSequences());
        for (int i = 0; i < 3; i++) {
            Sequence question = driver.add("user" + i, Priority.INTERACTIVE, 20, 5);
            driver.steps(3);
            assertTrue(question.admission > 0);
        }
        while (!driver.scheduler.isIdle()) {
            driver.step();
        }
        assertEquals(53, driver.ended.size());
    }

    @Test
    void ingestHasItsShareWhileQuestionsNeverEnd() throws Exception {
        Seeds.forAll(8, random -> {
            double share = random.nextInt(5, 50) / 100.0;
            int places = random.nextInt(1, 10);
            StepDriver driver = new StepDriver(random.nextInt(20, 200), random.nextInt(places, 100), places);
            driver.scheduler.limits(new EngineLimits(Map.of(), share, 0, 0));
            for (int step = 0; step < 1500; step++) {
                while (driver.scheduler.snapshot().waiting().stream()
                                .filter(sequence -> sequence.request.priority() == Priority.INTERACTIVE)
                                .count()
                        < 12) {
                    driver.add("user" + random.nextInt(3), Priority.INTERACTIVE, random.nextInt(1, 30), 10);
                    driver.add("ingest", Priority.INGEST, random.nextInt(1, 30), 10);
                }
                driver.step();
            }
            double found = driver.tokens("ingest")
                    / (double) driver.tokens.values().stream()
                            .mapToInt(count -> count)
                            .sum();
            assertEquals(share, found, 0.05 + share / 4, places + " places");
        });
    }

    @Test
    void withoutAShareIngestWaitsUntilNobodyElseDoes() {
        StepDriver driver = new StepDriver(PAGES, STEP_TOKENS, 2);
        driver.scheduler.limits(new EngineLimits(Map.of(), 0, 0, 0));
        for (int i = 0; i < 20; i++) {
            driver.add("user", Priority.INTERACTIVE, 10, 10);
        }
        Sequence ingest = driver.add("ingest", Priority.INGEST, 10, 10);
        while (driver.ended.size() < 19) {
            driver.step();
        }
        assertFalse(driver.ended.contains(ingest));
        while (!driver.scheduler.isIdle()) {
            driver.step();
        }
        assertTrue(driver.ended.contains(ingest));
    }
}
