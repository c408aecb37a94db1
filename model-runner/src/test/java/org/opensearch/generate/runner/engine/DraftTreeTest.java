// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.Draft;
import org.opensearch.generate.runner.speculate.DraftModel;
import org.opensearch.generate.runner.speculate.ModelDrafts;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/** Drafts with branches: the same tokens, whichever of them is right, wherever pages end. */
class DraftTreeTest {
    private static final int NEW_TOKENS = 90;
    private static final SpeculationOptions DRAFTED = new SpeculationOptions(Mode.DRAFT_MODEL, 8, "known", "");

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

    /** Makes drafts from what it knows the text to be. */
    private interface Tree {
        Draft draft(int[] text, int next, int limit);
    }

    private static GenerationRequest drafted(GenerationRequest request, Generation known, Tree tree) {
        int[] ids = Answer.ids(known);
        int length = request.prompt().length;
        int[] text = Arrays.copyOf(request.prompt(), length + ids.length);
        System.arraycopy(ids, 0, text, length, ids.length);
        DraftModel model = (tokens, salt, limit, threshold, nanos) -> new DraftModel.Pending() {
            @Override
            public boolean isDone() {
                return true;
            }

            @Override
            public Draft get() {
                return tree.draft(text, tokens.length, Math.min(limit, text.length - tokens.length));
            }
        };
        return request.speculating(DRAFTED, model);
    }

    private static Draft run(int... tokens) {
        float[] probabilities = new float[tokens.length];
        Arrays.fill(probabilities, 0.99f);
        return ModelDrafts.draft(tokens, probabilities);
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
                Generation found = answer(engine, drafted(request, wanted, (text, next, limit) -> {
                    int[] right = Arrays.copyOfRange(text, next, next + Math.min(3, limit));
                    return run(other(right[0], 1), 5).with(List.of(run(other(right[0], 2)), run(right)));
                }));
                assertArrayEquals(Answer.ids(wanted), Answer.ids(found), "prompt of " + length);
                long steps = engine.stats().steps() - before;
                assertTrue(steps <= NEW_TOKENS / 4 + 4, steps + " steps");
                assertTrue(found.acceptedPredictionTokens() >= NEW_TOKENS - steps - 1);
                assertEquals(0, engine.stats().pagesUsed());
            }
        }
    }

    /** Several at once, trees of all shapes, pages for hardly more than the answers. */
    @Test
    void anyTreeLeavesTheTokensAsTheyAre() throws Exception {
        Seeds.forAll(20, random -> {
            try (Engine engine = engine(random.nextInt(14, 40))) {
                List<GenerationRequest> requests = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    requests.add(request(
                            random.nextInt(1, 100),
                            random.nextBoolean()
                                    ? SamplingOptions.GREEDY
                                    : new SamplingOptions(1.3f, 20, 0.95f, 0f, 1.1f, 0.1f, 0.1f, i)));
                }
                List<Generation> wanted = new ArrayList<>();
                for (GenerationRequest request : requests) {
                    wanted.add(answer(engine, request));
                }
                List<Answer> found = new ArrayList<>();
                for (int i = 0; i < requests.size(); i++) {
                    RandomGenerator own = Seeds.fixed(random.nextInt());
                    found.add(new Answer());
                    engine.submit(
                            drafted(
                                    requests.get(i),
                                    wanted.get(i),
                                    (text, next, limit) -> tree(own, text, next, limit)),
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

    private static Draft tree(RandomGenerator random, int[] text, int next, int limit) {
        int runs = random.nextInt(1, 5);
        int right = random.nextInt(runs + 1);
        List<Draft> all = new ArrayList<>();
        for (int run = 0; run < runs && limit > 0; run++) {
            int[] tokens = Arrays.copyOfRange(text, next, next + random.nextInt(1, limit + 1));
            if (run != right) {
                tokens[0] = other(tokens[0], run + 1);
            } else if (random.nextBoolean()) {
                tokens[tokens.length - 1] = other(tokens[tokens.length - 1], random.nextInt(2));
            }
            all.add(run(tokens));
        }
        return all.isEmpty() ? Draft.NONE : all.getFirst().with(all.subList(1, all.size()));
    }
}
