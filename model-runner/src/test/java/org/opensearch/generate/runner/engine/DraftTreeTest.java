// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;

/** Drafts with branches: the same tokens, whichever of them is right, wherever pages end. */
class DraftTreeTest {
    private static final int NEW_TOKENS = 90;

    private static Engine engine(int pages) {
        return new Engine(
                "hash",
                new HashModel(pages, 64, 400).endless(),
                new LetterTokenizer(HashModel.VOCABULARY),
                new EngineOptions(64, 8, 100));
    }

    private static Generation answer(Engine engine, GenerationRequest request) throws Exception {
        Answer answer = new Answer();
        engine.submit(request, answer);
        return answer.get();
    }

    private static GenerationRequest request(int length, SamplingOptions sampling) {
        int[] prompt = new int[length];
        Arrays.setAll(prompt, i -> (i * 7 + length) % HashModel.VOCABULARY);
        return Answer.request(prompt, NEW_TOKENS, sampling).speculating(SpeculationOptions.OFF);
    }

    private static int other(int token, int by) {
        return (token + by) % HashModel.VOCABULARY;
    }

    @Test
    void aBranchThatIsRightIsFollowed() throws Exception {
        try (Engine engine = engine(60)) {
            for (int length = 1; length <= KvCache.PAGE + 2; length++) {
                GenerationRequest request = request(length, SamplingOptions.GREEDY);
                Generation wanted = answer(engine, request);
                long before = engine.stats().steps();
                Generation found = answer(engine, TreeDrafts.of(request, Answer.ids(wanted), (text, next, limit) -> {
                    int[] right = Arrays.copyOfRange(text, next, next + Math.min(3, limit));
                    return TreeDrafts.run(other(right[0], 1), 5)
                            .with(List.of(TreeDrafts.run(other(right[0], 2)), TreeDrafts.run(right)));
                }));
                assertArrayEquals(Answer.ids(wanted), Answer.ids(found), "prompt of " + length);
                long steps = engine.stats().steps() - before;
                assertTrue(steps <= NEW_TOKENS / 4 + 4, steps + " steps");
                assertTrue(found.acceptedPredictionTokens() >= NEW_TOKENS - steps - 1);
                assertEquals(0, engine.stats().pagesUsed());
            }
        }
    }

    /** Several at once, with pages for hardly more than the answers. */
    @Test
    void anyTreeLeavesTheTokensAsTheyAre() throws Exception {
        Seeds.forAll(20, random -> {
            try (Engine engine = engine(random.nextInt(14, 40))) {
                List<Generation> wanted = new ArrayList<>();
                List<Answer> found = new ArrayList<>();
                List<GenerationRequest> requests = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    SamplingOptions sampling = random.nextBoolean()
                            ? SamplingOptions.GREEDY
                            : new SamplingOptions(1.3f, 20, 0.95f, 0f, 1.1f, 0.1f, 0.1f, i);
                    requests.add(request(random.nextInt(1, 100), sampling));
                    wanted.add(answer(engine, requests.getLast()));
                }
                for (int i = 0; i < requests.size(); i++) {
                    found.add(new Answer());
                    engine.submit(
                            TreeDrafts.ofAllShapes(
                                    requests.get(i),
                                    Answer.ids(wanted.get(i)),
                                    HashModel.VOCABULARY,
                                    Seeds.fixed(random.nextInt())),
                            found.getLast());
                }
                for (int i = 0; i < found.size(); i++) {
                    assertArrayEquals(
                            Answer.ids(wanted.get(i)), Answer.ids(found.get(i).get()));
                }
                assertEquals(0, engine.stats().pagesUsed());
            }
        });
    }
}
