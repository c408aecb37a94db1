// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationHandle;
import org.opensearch.generate.runner.engine.GenerationRequest;
import org.opensearch.generate.runner.engine.Priority;
import org.opensearch.generate.runner.engine.TreeDrafts;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.cuda.SimulatedCards;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/**
 * The contract of exactness: a request has one answer, free or guided, the same tokens with the same log-probabilities to the last
 * bit, alone or in any batch, its prompt whole or in chunks, cached or not, after an eviction, with neighbours that are cancelled,
 * with any drafts or none, on any number of threads, and with any kernels.
 */
class SameTokensTest {
    private static final int NEW_TOKENS = 72;
    private static final int REQUESTS = 5;

    private static final List<Mode> MODES =
            List.of(Mode.LOOKAHEAD, Mode.PROMPT_LOOKUP, Mode.SUFFIX, Mode.AUTO, Mode.PROMPT_LOOKUP);

    /** The language of some of the answers: the others are free. */
    private static final Guide GUIDE = Guide.jsonSchema(Map.of(
            "type",
            "array",
            "minItems",
            9,
            "items",
            Map.of(
                    "properties",
                    Map.of("name", Map.of("type", "string", "maxLength", 6)),
                    "required",
                    List.of("name"))));
    /** Pages of the longest sequence. */
    private static final int SEQUENCE_PAGES = 6;

    @TempDir
    static Path folder;

    static Stream<Arguments> models() {
        return Stream.of("llama", "mistral", "qwen2", "qwen3")
                .flatMap(architecture -> Stream.of(DataType.F32, DataType.BF16, DataType.I8)
                        .map(kvType -> Arguments.of(architecture, kvType)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAnswerInAnyCompany(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        List<List<GeneratedToken>> alone = new ArrayList<>();
        try (LanguageModel model = load(file, "auto", 1, kvType, 60, 256, 1)) {
            for (GenerationRequest request : requests()) {
                Answer answer = new Answer();
                model.engine()
                        .submit(
                                withSalt(request, "request " + alone.size()).speculating(SpeculationOptions.OFF),
                                answer);
                alone.add(answer.get().tokens());
            }
            assertEquals(0, model.engine().stats().cachedTokens());
            assertEquals(1, model.engine().stats().speculation().tokensPerStep());
        }
        try (LanguageModel model = load(file, "auto", 2, kvType, 60, 256, 8)) {
            assertEquals(alone, together(model), "all at once");
            long cached = model.engine().stats().cachedTokens();
            assertEquals(alone, together(model), "once more, from the prefix cache");
            assertTrue(model.engine().stats().cachedTokens() > cached);
            assertEquals(alone, amongCancelled(model), "with neighbours that are cancelled");
            assertTrue(model.engine().stats().speculation().tokensPerStep() > 1, "nothing was drafted");
        }
        for (int stepTokens : new int[] {1, 7, 33}) {
            try (LanguageModel model = load(file, "auto", 3, kvType, 60, stepTokens, Math.min(stepTokens, 5))) {
                assertEquals(alone, together(model), "in chunks of " + stepTokens);
            }
        }
        long evictions = 0;
        for (int pages = SEQUENCE_PAGES; pages < SEQUENCE_PAGES + 4; pages++) {
            try (LanguageModel model = load(file, "auto", 2, kvType, pages, 64, 8)) {
                assertEquals(alone, together(model), "with " + pages + " pages");
                evictions += model.engine().stats().evictions();
            }
        }
        assertTrue(evictions > 0, "nothing was evicted");
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAnswerWithTreesOfDrafts(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        for (int pages : new int[] {SEQUENCE_PAGES + 2, 60}) {
            try (LanguageModel model = load(file, "auto", 2, kvType, pages, 64, 8)) {
                List<List<GeneratedToken>> wanted = together(model);
                for (int round = 0; round < 3; round++) {
                    assertEquals(wanted, tokens(submit(model, withTrees(wanted, round))), pages + " pages");
                }
                EngineStats.Drafts trees = model.engine().stats().speculation().drafters().stream()
                        .filter(each -> each.drafter().equals("draft_model"))
                        .findFirst()
                        .orElseThrow();
                assertTrue(trees.accepted() > NEW_TOKENS && trees.accepted() < trees.drafted(), trees::toString);
            }
        }
    }

    private static List<GenerationRequest> withTrees(List<List<GeneratedToken>> answers, int round) {
        List<GenerationRequest> requests = requests();
        for (int i = 0; i < requests.size(); i++) {
            int[] answer = answers.get(i).stream().mapToInt(GeneratedToken::id).toArray();
            requests.set(
                    i,
                    TreeDrafts.ofAllShapes(
                            requests.get(i), answer, TinyModel.VOCABULARY, Seeds.fixed(10L * round + i)));
        }
        return requests;
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAnswerWhileTheNumberOfThreadsChanges(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        try (LanguageModel model = load(file, "auto", 1, kvType, 60, 64, 8)) {
            List<List<GeneratedToken>> wanted = together(model);
            int changes = 0;
            for (int round = 0; round < 3; round++) {
                List<Answer> answers = submit(model);
                while (!answers.stream().allMatch(Answer::hasEnded)) {
                    model.setThreads(1 + ++changes % 4);
                    model.setShare(changes % 2 == 0 ? 1 : 0.9);
                }
                assertEquals(wanted, tokens(answers));
            }
            assertTrue(changes > 3, "changed " + changes + " times");
            model.setThreads(3);
            assertEquals(3, model.threads().count());
            assertEquals(wanted, together(model));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAnswerWhileTheNumberOfPagesChanges(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        try (LanguageModel model = load(file, "auto", 2, kvType, 40, 64, 8)) {
            List<List<GeneratedToken>> wanted = together(model);
            long pageBytes = model.kvBytes() / 40;
            int changes = 0;
            for (int round = 0; round < 3; round++) {
                List<Answer> answers = submit(model);
                while (!answers.stream().allMatch(Answer::hasEnded)) {
                    long pages = SEQUENCE_PAGES + ++changes * 7L % 60;
                    model.setKvBytes(pages * pageBytes);
                }
                assertEquals(wanted, tokens(answers));
            }
            assertTrue(changes > 3, "changed " + changes + " times");
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAnswerOnAllKernels(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        List<List<GeneratedToken>> java = List.of();
        for (String level : TestFiles.kernelLevels()) {
            try (LanguageModel model = load(file, level, 2, kvType, 60, 64, 8)) {
                assertEquals(level.equals("java") ? level : "cpu-" + level, model.kernels());
                java = java.isEmpty() ? together(model) : java;
                assertEquals(java, together(model), level);
            }
        }
    }

    /** On a simulated card each architecture and each type of pages once, since there all takes long. */
    @ParameterizedTest
    @CsvSource({"llama, F32", "mistral, BF16", "qwen2, BF16", "qwen3, I8"})
    void oneAnswerOnACard(String architecture, DataType kvType) throws Exception {
        Path file = model(architecture);
        List<List<GeneratedToken>> wanted;
        try (LanguageModel model = load(file, "auto", 1, kvType, 60, 64, 8)) {
            wanted = together(model);
        }
        SimulatedCards.install();
        try (LanguageModel model = load(file, "cuda:0", 1, kvType, 60, 64, 8)) {
            assertEquals("cuda:0 simulated card", model.kernels());
            assertEquals(wanted, together(model), "all at once");
        }
        try (LanguageModel model = load(file, "cuda:0", 2, kvType, SEQUENCE_PAGES + 1, 7, 5)) {
            assertEquals(wanted, together(model), "in chunks of 7, with few pages");
            assertTrue(model.engine().stats().evictions() > 0, "nothing was evicted");
        }
    }

    private static Path model(String architecture) throws IOException {
        TinyModel model = TinyModel.of(architecture);
        return (architecture.equals("mistral") ? model.withExtra(Map.of("attention.sliding_window", 40)) : model)
                .writeGguf(folder);
    }

    private static LanguageModel load(
            Path file, String level, int threads, DataType kvType, int pages, int stepTokens, int sequences) {
        long pageBytes = KvCache.pageBytes(kvType, TinyModel.KV_HEADS, TinyModel.HEAD_DIM) * TinyModel.LAYERS;
        return LanguageModel.load(
                file,
                TestFiles.options(level, threads, kvType, pages * pageBytes, stepTokens, sequences),
                LoadProgress.NONE);
    }

    /** Half greedy, half drawn; prompts of 1 to 110 tokens, two pages of which most have in common. */
    private static List<GenerationRequest> requests() {
        RandomGenerator random = Seeds.fixed(0x5EED);
        int[] common = random.ints(110, 3, TinyModel.VOCABULARY).toArray();
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            int length = new int[] {1, 64, 75, 96, 110}[i];
            int[] prompt = new int[length];
            for (int position = 0; position < length; position++) {
                prompt[position] = position < 2 * KvCache.PAGE && i > 0
                        ? common[position]
                        : random.nextInt(3, TinyModel.VOCABULARY);
            }
            SamplingOptions sampling = i % 2 == 0
                    ? SamplingOptions.GREEDY
                    : new SamplingOptions(1.2f, 50, 0.95f, 0.01f, 1.1f, 0.2f, 0.1f, i);
            requests.add(new GenerationRequest(prompt, NEW_TOKENS, sampling, List.of(), 3, "", Long.MAX_VALUE)
                    .of("user" + i % 2, i == 3 ? Priority.INGEST : Priority.INTERACTIVE)
                    .in(i == 2 || i == 3 ? GUIDE : null)
                    .speculating(SpeculationOptions.of(MODES.get(i))));
        }
        return requests;
    }

    private static GenerationRequest withSalt(GenerationRequest request, String salt) {
        return new GenerationRequest(
                        request.prompt(),
                        request.maxNewTokens(),
                        request.sampling(),
                        request.stop(),
                        request.logprobs(),
                        salt,
                        request.deadlineNanos())
                .in(request.guide())
                .speculating(request.speculation());
    }

    private static List<List<GeneratedToken>> together(LanguageModel model) throws Exception {
        return tokens(submit(model));
    }

    private static List<Answer> submit(LanguageModel model) {
        return submit(model, requests());
    }

    private static List<Answer> submit(LanguageModel model, List<GenerationRequest> requests) {
        List<Answer> answers = new ArrayList<>();
        for (GenerationRequest request : requests) {
            Answer answer = new Answer();
            model.engine().submit(request, answer);
            answers.add(answer);
        }
        return answers;
    }

    private static List<List<GeneratedToken>> amongCancelled(LanguageModel model) throws Exception {
        List<Answer> answers = new ArrayList<>();
        List<GenerationHandle> handles = new ArrayList<>();
        for (GenerationRequest request : requests()) {
            Answer answer = new Answer();
            handles.add(model.engine().submit(withSalt(request, "neighbour"), new Answer()));
            model.engine().submit(withSalt(request, "mine"), answer);
            handles.add(model.engine().submit(request, new Answer()));
            answers.add(answer);
        }
        answers.getFirst().get();
        handles.forEach(GenerationHandle::cancel);
        return tokens(answers);
    }

    private static List<List<GeneratedToken>> tokens(List<Answer> answers) throws Exception {
        List<List<GeneratedToken>> tokens = new ArrayList<>();
        for (Answer answer : answers) {
            Generation generation = answer.get();
            assertTrue(!generation.tokens().isEmpty());
            tokens.add(generation.tokens());
        }
        return tokens;
    }
}
