// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.engine.Answer;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.weights.WeightSource;

class LanguageModelTest {
    private static final int THREADS = 2;

    @TempDir
    Path folder;

    @Test
    void aModelIsLoadedAsksBackForAllItTookAndAnswersBetween() throws Exception {
        Budget budget = new Budget(Long.MAX_VALUE);
        long[] progress = new long[2];
        try (LanguageModel model = LanguageModel.load(file(), options(budget), (what, done, total) -> {
            progress[0] = done;
            progress[1] = total;
        })) {
            assertTrue(progress[0] == progress[1] && progress[1] > 0, "progress ends when all is done");
            assertEquals(budget.taken.get(), model.memoryBytes());
            assertTrue(model.weightBytes() < model.memoryBytes());
            assertEquals("tiny llama", model.name());
            assertEquals(TinyModel.CONTEXT, model.maxContext());
            int[] prompt = model.tokenizer()
                    .encode(model.chatTemplate().render(List.of(new ChatMessage("user", "Hello"))), true);
            Answer answer = new Answer();
            model.engine().submit(Answer.request(prompt, 5, SamplingOptions.GREEDY), answer);
            Generation generation = answer.get();
            assertEquals(model.tokenizer().decode(Answer.ids(generation)), generation.text());
        }
        assertEquals(0, budget.taken.get());
        assertNoThreads();
    }

    @Test
    void onlyASmallerModelDrafts() throws Exception {
        try (LanguageModel model = LanguageModel.load(file(), options(MemoryBudget.UNLIMITED), LoadProgress.NONE)) {
            assertThrows(IllegalArgumentException.class, () -> model.draftsFor(model));
        }
    }

    @Test
    void aLoadThatIsRefusedMemoryLeavesNothingBehind() throws Exception {
        Path file = file();
        Budget counting = new Budget(Long.MAX_VALUE);
        LanguageModel.load(file, options(counting), LoadProgress.NONE).close();
        for (long refused = 1; refused <= counting.reservations; refused++) {
            Budget budget = new Budget(refused);
            assertThrows(DeviceException.class, () -> LanguageModel.load(file, options(budget), LoadProgress.NONE));
            assertEquals(0, budget.taken.get(), "after reservation " + refused);
        }
        assertNoThreads();
    }

    @Test
    void aLoadThatIsCancelledLeavesNothingBehind() throws Exception {
        Path file = file();
        Budget budget = new Budget(Long.MAX_VALUE);
        for (long at = 0; at < 10; at++) {
            long cancelled = at;
            assertThrows(
                    CancellationException.class,
                    () -> LanguageModel.load(file, options(budget), (what, done, total) -> {
                        if (done == cancelled) {
                            throw new CancellationException("by the test");
                        }
                    }));
            assertEquals(0, budget.taken.get());
        }
        assertNoThreads();
    }

    @Test
    void weightsFromTheCacheGiveTheSameTokensAndCountAsMemory() throws Exception {
        Path file = file();
        Budget budget = new Budget(Long.MAX_VALUE);
        LoadOptions options = options(budget, folder.resolve("packed"));
        try (LanguageModel packed = LanguageModel.load(file, options, LoadProgress.NONE)) {
            assertEquals(WeightSource.MODEL, packed.weightSource());
            // The file is mapped while the model that was packed still runs.
            try (LanguageModel cached = LanguageModel.load(file, options, LoadProgress.NONE)) {
                assertNotEquals(WeightSource.MODEL, cached.weightSource());
                assertEquals(packed.weightBytes(), cached.weightBytes());
                assertEquals(packed.memoryBytes(), cached.memoryBytes());
                assertEquals(budget.taken.get(), packed.memoryBytes() + cached.memoryBytes());
                assertArrayEquals(answer(packed), answer(cached));
            }
        }
        assertEquals(0, budget.taken.get());
    }

    @Test
    void aLoadFromTheCacheThatIsRefusedMemoryLeavesNothingBehind() throws Exception {
        Path file = file();
        Path cache = folder.resolve("packed");
        LanguageModel.load(file, options(new Budget(Long.MAX_VALUE), cache), LoadProgress.NONE)
                .close();
        Budget counting = new Budget(Long.MAX_VALUE);
        LanguageModel.load(file, options(counting, cache), LoadProgress.NONE).close();
        for (long refused = 1; refused <= counting.reservations; refused++) {
            Budget budget = new Budget(refused);
            assertThrows(
                    DeviceException.class, () -> LanguageModel.load(file, options(budget, cache), LoadProgress.NONE));
            assertEquals(0, budget.taken.get(), "after reservation " + refused);
        }
        assertNoThreads();
    }

    private static int[] answer(LanguageModel model) throws Exception {
        Answer answer = new Answer();
        model.engine().submit(Answer.request(new int[] {5, 9, 17, 4}, 20, SamplingOptions.GREEDY), answer);
        return Answer.ids(answer.get());
    }

    @Test
    void aFileThatIsNoModelIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("x.gguf"), "no model");
        Budget budget = new Budget(Long.MAX_VALUE);
        assertThrows(ModelFileException.class, () -> LanguageModel.load(file, options(budget), LoadProgress.NONE));
        assertEquals(0, budget.taken.get());
        assertNoThreads();
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        assertEquals(
                "threads must be from 1 to 1024, found 0",
                assertThrows(IllegalArgumentException.class, () -> TestFiles.options("auto", 0, DataType.BF16, 0, 8, 8))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> TestFiles.options("auto", 1, DataType.I16, 0, 8, 8));
        assertThrows(IllegalArgumentException.class, () -> TestFiles.options("auto", 1, DataType.F32, 0, 8, 9));
    }

    private Path file() throws Exception {
        return TinyModel.of("llama").writeGguf(folder);
    }

    private static LoadOptions options(MemoryBudget budget) {
        return options(budget, null);
    }

    private static LoadOptions options(MemoryBudget budget, @Nullable Path cache) {
        return new LoadOptions(
                ThreadOptions.of(THREADS),
                0,
                DataType.BF16,
                0,
                32,
                4,
                8,
                "cpu",
                "auto",
                TestFiles.nativeFolder(),
                cache,
                budget);
    }

    private static void assertNoThreads() {
        assertFalse(
                Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().startsWith("generate-engine-tiny")),
                "an engine's thread is left");
    }

    /** Counts, and refuses the n-th reservation. */
    private static final class Budget implements MemoryBudget {
        private final AtomicLong taken = new AtomicLong();
        private final long refused;
        private long reservations;

        Budget(long refused) {
            this.refused = refused;
        }

        @Override
        public void reserve(String what, long bytes) {
            if (++reservations == refused) {
                throw new DeviceException("reserve", "the test", bytes + " bytes refused for " + what);
            }
            taken.addAndGet(bytes);
        }

        @Override
        public void release(long bytes) {
            taken.addAndGet(-bytes);
        }
    }
}
