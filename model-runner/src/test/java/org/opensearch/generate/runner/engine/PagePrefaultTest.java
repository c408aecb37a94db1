// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;

@Timeout(60)
class PagePrefaultTest {
    private static final int PAGES = 4 * PagePrefault.AHEAD;

    @Test
    void pagesAreReadyAheadOfTheHighestUsedAndNoMore() throws Exception {
        HashModel model = new HashModel(PAGES, 32, PAGES * KvCache.PAGE);
        try (PagePrefault prefault = new PagePrefault("hash", model)) {
            model.awaitPrefaulted(PagePrefault.AHEAD);
            prefault.used(10);
            prefault.used(3);
            model.awaitPrefaulted(PagePrefault.AHEAD + 10);
        }
        assertEquals(PagePrefault.AHEAD + 10, model.prefaulted());
    }

    @Test
    void itEndsAtTheLastPage() throws Exception {
        HashModel model = new HashModel(PagePrefault.AHEAD + 5, 32, 64);
        try (PagePrefault prefault = new PagePrefault("hash", model)) {
            prefault.used(PagePrefault.AHEAD + 5);
            model.awaitPrefaulted(PagePrefault.AHEAD + 5);
        }
        assertEquals(PagePrefault.AHEAD + 5, model.prefaulted());
    }

    @Test
    void anEngineAnswersWithoutPagesMadeReady() throws Exception {
        List<Throwable> uncaught = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
        try (HashModel model = new HashModel(PAGES, 64, 1000).endless().withoutPrefault();
                Engine engine = new Engine(
                        "unprepared", model, new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(64, 2, 4))) {
            Answer answer = new Answer();
            engine.submit(Answer.request(new int[100], 200, SamplingOptions.GREEDY), answer);
            assertEquals(200, answer.get().tokens().size());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertEquals(List.of(), uncaught);
    }

    @Test
    void anEngineTellsWhatItUsesAndLeavesNoThread() throws Exception {
        HashModel model = new HashModel(PAGES, 64, PAGES * KvCache.PAGE).endless();
        int[] prompt = new int[PagePrefault.AHEAD / 2 * KvCache.PAGE];
        try (Engine engine =
                new Engine("ahead", model, new LetterTokenizer(HashModel.VOCABULARY), new EngineOptions(64, 2, 4))) {
            Answer answer = new Answer();
            engine.submit(Answer.request(prompt, 1, SamplingOptions.GREEDY), answer);
            answer.get();
            model.awaitPrefaulted(PagePrefault.AHEAD / 2 + PagePrefault.AHEAD);
        }
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("generate-pages-ahead")));
    }
}
