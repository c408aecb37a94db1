// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.TestFiles;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;
import org.opensearch.generate.runner.model.LlamaModel;
import org.opensearch.generate.runner.model.Model;
import org.opensearch.generate.runner.model.ModelOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Whatever kernel call fails, at whatever time: no page leaks, and no answer is wrong. */
class FaultyKernelsTest {
    private static final int NEVER = Integer.MAX_VALUE;
    private static final int PAGES = 6;

    @TempDir
    Path folder;

    private final FaultyKernels faulty =
            new FaultyKernels(CpuKernels.open("auto", TestFiles.nativeFolder(), 1, MemoryBudget.UNLIMITED)
                    .kernels());

    @Test
    void anyOneCallMayFailAndNoAnswerChanges() throws Exception {
        try (ModelSource source = source();
                Model model = model(source)) {
            List<int[]> right = answers(model, source, NEVER, NEVER);
            int calls = faulty.calls();
            assertTrue(calls > 100, "only " + calls + " calls");
            for (int call = 1; call <= calls; call++) {
                List<int[]> found = answers(model, source, call, call);
                for (int i = 0; i < right.size(); i++) {
                    assertEquals(Arrays.toString(right.get(i)), Arrays.toString(found.get(i)), "call " + call);
                }
            }
        }
    }

    @Test
    void fromAnyCallOnAllMayFailAndNothingLeaks() throws Exception {
        try (ModelSource source = source();
                Model model = model(source)) {
            List<int[]> right = answers(model, source, NEVER, NEVER);
            int calls = faulty.calls();
            for (int call = 1; call <= calls; call += 3) {
                List<int[]> found = answers(model, source, call, NEVER);
                for (int i = 0; i < right.size(); i++) {
                    if (found.get(i).length > 0) {
                        assertEquals(Arrays.toString(right.get(i)), Arrays.toString(found.get(i)), "call " + call);
                    }
                }
            }
        }
    }

    private ModelSource source() throws Exception {
        return ModelFiles.open(TinyModel.of("llama").writeGguf(folder));
    }

    private Model model(ModelSource source) {
        long kvBytes = PAGES * LlamaModel.pageBytes(source.config(), DataType.BF16);
        faulty.fail(NEVER, NEVER);
        return LlamaModel.load(
                source,
                faulty.kernels(),
                new ModelOptions(kvBytes, DataType.BF16, 48, PAGES * KvCache.PAGE),
                LoadProgress.NONE);
    }

    /** Answers of three requests that do not fit together, on a new engine; empty ones for those that failed. */
    private List<int[]> answers(Model model, ModelSource source, int first, int last) throws Exception {
        faulty.fail(first, last);
        List<int[]> ids = new ArrayList<>();
        Engine engine = new Engine("faulty", model, source.tokenizer(), new EngineOptions(48, 3, 8));
        try (engine) {
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int[] prompt = new int[58 + i];
                Arrays.setAll(prompt, position -> 3 + position * 31 % 200);
                Answer answer = new Answer();
                engine.submit(Answer.request(prompt, 5, SamplingOptions.GREEDY), answer);
                answers.add(answer);
            }
            for (Answer answer : answers) {
                ids.add(answer.failedWith("as the test wants") ? new int[0] : Answer.ids(answer.get()));
            }
        }
        assertEquals(0, engine.stats().pagesUsed());
        assertEquals(0, engine.stats().queued());
        return ids;
    }
}
