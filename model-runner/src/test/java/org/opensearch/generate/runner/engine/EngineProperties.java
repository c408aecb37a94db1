// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.runner.Seeds;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.GuideState;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.Sampler;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.sample.TokenHistory;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/**
 * Random requests on random engines: whatever the budgets, pages, neighbours, shared prefixes, cancels and failing steps, each
 * answer is the one that the request has alone. {@link EngineInvariants} holds after each step, since assertions are on.
 */
class EngineProperties {
    /** Languages of letters: with choices, with runs that leave none, with and without an end. */
    private static final List<Guide> GUIDES = Stream.of(
                    "(ab|cd)*e", "[a-m]{3,20}", "abcde(f|g)hijklm{20}a*", "(aabb[c-e])*z?")
            .map(Guide::regex)
            .toList();

    @Test
    void everyAnswerIsTheOneItHasAlone() throws Exception {
        Seeds.forAll(60, random -> run(random, 40, call -> false));
    }

    @Test
    void aStepThatFailsNowAndThenChangesNoAnswer() throws Exception {
        Seeds.forAll(25, random -> {
            int every = random.nextInt(2, 9);
            run(random, 20, call -> call % every == 0);
        });
    }

    @Test
    void pagesThatComeAndGoChangeNoAnswer() throws Exception {
        Seeds.forAll(40, random -> run(random, 40, call -> false, true));
    }

    /** A request and what became of it. */
    private record Asked(GenerationRequest request, Answer answer, boolean cancelled) {}

    private static void run(RandomGenerator random, int requests, HashModel.FailingCalls failing) throws Exception {
        run(random, requests, failing, false);
    }

    private static void run(RandomGenerator random, int requests, HashModel.FailingCalls failing, boolean resizing)
            throws Exception {
        int pages = random.nextInt(2, 24);
        int context = random.nextInt(8, resizing ? Math.min(400, pages * KvCache.PAGE) : 400);
        int budget = random.nextInt(1, 80);
        EngineOptions options = new EngineOptions(budget, random.nextInt(1, Math.min(budget, 12) + 1), 2 * requests);
        boolean repeating = random.nextBoolean();
        List<Asked> asked = new ArrayList<>();
        try (HashModel model =
                        new HashModel(pages, budget, context).failing(failing).repeating(repeating);
                Engine engine = new Engine("hash", model, new LetterTokenizer(HashModel.VOCABULARY), options)) {
            int longest = engine.maxContext() - 1;
            int[] common = tokens(random, longest);
            for (int i = 0; i < requests; i++) {
                asked.add(ask(engine, random, common));
                if (resizing && random.nextInt(4) == 0) {
                    engine.setPages(random.nextInt(Sequence.pagesFor(context), 2 * pages + 1));
                }
            }
            for (Asked each : asked) {
                check(each, engine.maxContext(), repeating);
            }
            EngineStats stats = engine.stats();
            assertEquals(0, stats.failures());
            assertEquals(0, stats.queued());
        }
    }

    private static Asked ask(Engine engine, RandomGenerator random, int[] common) {
        int shared = random.nextInt(common.length + 1);
        if (random.nextBoolean()) {
            shared = shared / KvCache.PAGE * KvCache.PAGE;
        }
        int[] own = tokens(random, random.nextInt(common.length - shared + 1));
        int[] prompt = Arrays.copyOf(common, Math.max(1, shared + own.length));
        System.arraycopy(own, 0, prompt, shared, own.length);
        SamplingOptions sampling = random.nextBoolean()
                ? SamplingOptions.GREEDY
                : new SamplingOptions(1.3f, random.nextInt(9), 0.95f, 0f, 1.1f, 0.1f, 0.1f, random.nextLong());
        String salt = random.nextInt(4) == 0 ? "other" : "";
        GenerationRequest request = new GenerationRequest(
                        prompt,
                        random.nextInt(1, 60),
                        sampling,
                        List.of("abc", "zz"),
                        random.nextInt(3) - 1,
                        salt,
                        Long.MAX_VALUE)
                .of("user" + random.nextInt(3), random.nextInt(3) == 0 ? Priority.INGEST : Priority.INTERACTIVE)
                .in(random.nextInt(2) == 0 ? null : GUIDES.get(random.nextInt(GUIDES.size())))
                .speculating(speculation(random));
        boolean cancel = random.nextInt(6) == 0;
        int after = random.nextInt(6);
        CompletableFuture<GenerationHandle> handle = new CompletableFuture<>();
        Answer answer = cancel ? new CancelAfter(after, handle) : new Answer();
        handle.complete(engine.submit(request, answer));
        if (cancel && after == 0) {
            handle.join().cancel();
        }
        return new Asked(request, answer, cancel);
    }

    private static SpeculationOptions speculation(RandomGenerator random) {
        List<Mode> modes = new ArrayList<>(List.of(Mode.values()));
        modes.remove(Mode.DRAFT_MODEL);
        return new SpeculationOptions(modes.get(random.nextInt(modes.size())), random.nextInt(1, 17), "", "");
    }

    private static void check(Asked asked, int context, boolean repeating) throws Exception {
        Generation found = asked.answer().get();
        Generation wanted = alone(asked.request(), context, repeating);
        int[] ids = Answer.ids(found);
        if (asked.cancelled() && found.finishReason() == FinishReason.CANCELLED) {
            assertArrayEquals(Arrays.copyOf(Answer.ids(wanted), ids.length), ids);
            assertTrue(wanted.text().startsWith(found.text()) || found.text().startsWith(wanted.text()));
        } else {
            assertArrayEquals(Answer.ids(wanted), ids);
            assertEquals(wanted.text(), found.text());
            assertEquals(wanted.finishReason(), found.finishReason());
        }
    }

    /** The definition of an answer. */
    private static Generation alone(GenerationRequest request, int context, boolean repeating) {
        TokenHistory history = new TokenHistory(request.prompt());
        AnswerText text = new AnswerText(request.stop());
        List<GeneratedToken> tokens = new ArrayList<>();
        FinishReason reason = FinishReason.LENGTH;
        int most = Math.min(request.maxNewTokens(), context - request.prompt().length);
        GuideState state = request.guide() == null ? null : request.guide().start(0);
        while (tokens.size() < most && reason == FinishReason.LENGTH) {
            float[] logits = HashModel.logits(history.tokens(), history.length(), repeating);
            int id = state == null ? -1 : restrict(logits, state);
            if (id < 0) {
                id = new Sampler().sample(logits, request.sampling(), history);
            }
            if (id == HashModel.END) {
                reason = FinishReason.STOP;
            } else {
                history.append(id);
                tokens.add(new GeneratedToken(id, Float.NaN, List.of()));
                text.push(LetterTokenizer.letter(id));
                state = state == null ? null : next(state, id).orElseThrow();
                boolean ends = text.stopped() || (state != null && state.isFinal());
                reason = ends ? FinishReason.STOP : FinishReason.LENGTH;
            }
        }
        return new Generation(text.finish(), tokens, reason, request.prompt().length, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Leaves only tokens with which the text stays in its language; returns the last token of a letter that must come, or -1. */
    private static int restrict(float[] logits, GuideState state) {
        Set<String> letters = new HashSet<>();
        int last = -1;
        for (int id = 0; id < logits.length; id++) {
            if (id == HashModel.END ? !state.isAccepting() : next(state, id).isEmpty()) {
                logits[id] = Float.NEGATIVE_INFINITY;
            } else if (id != HashModel.END) {
                letters.add(LetterTokenizer.letter(id));
                last = id;
            }
        }
        return letters.size() == 1 && !state.isAccepting() ? last : -1;
    }

    private static Optional<GuideState> next(GuideState state, int id) {
        return state.after(LetterTokenizer.letter(id).getBytes(StandardCharsets.UTF_8));
    }

    private static int[] tokens(RandomGenerator random, int count) {
        return random.ints(count, 0, HashModel.VOCABULARY).toArray();
    }
}
