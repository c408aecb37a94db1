// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;

/** Models between file and memory, with real tiny ones; the load pool is a list that the test empties. */
class ModelsTest {
    private static final String TINY = "tiny-llama";
    private final List<Runnable> pool = new ArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    private Models models(String defaultModel) {
        return new Models(folder, LanguageModel::load, LoadOptions::defaults, () -> defaultModel, pool::add);
    }

    private void runPool() {
        List<Runnable> due = List.copyOf(pool);
        pool.clear();
        due.forEach(Runnable::run);
    }

    private static State state(Models models) {
        return models.list().getFirst().state();
    }

    @Test
    void theFirstRequestLoadsAndTheNextIsServed() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        try (Models models = models("")) {
            assertEquals(State.AVAILABLE, state(models));
            assertTrue(models.list().getFirst().isDefault());
            ModelLoadingException loading = assertThrows(ModelLoadingException.class, () -> models.acquire(null));
            assertTrue(loading.retryAfterSeconds() >= 1);
            assertThrows(ModelLoadingException.class, () -> models.acquire(TINY));
            assertEquals(1, pool.size());
            assertEquals(State.LOADING, state(models));
            runPool();
            ModelInfo info = models.list().getFirst();
            assertEquals(State.LOADED, info.state());
            assertEquals("llama", Objects.requireNonNull(info.loaded()).architecture());
            LoadedModel loaded = models.acquire(TINY);
            assertEquals(TINY, loaded.id());
            loaded.decRef();
        }
    }

    @Test
    void anUnloadedModelIsClosedWhenItsLastUserLeaves() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        try (Models models = models("")) {
            models.load(TINY, new PlainActionFuture<>());
            runPool();
            LoadedModel used = models.acquire(TINY);
            PlainActionFuture<ModelInfo> unloaded = new PlainActionFuture<>();
            models.unload(TINY, unloaded);
            runPool();
            assertEquals(State.AVAILABLE, unloaded.actionGet().state());
            assertEquals(1, used.refCount());
            used.decRef();
            assertEquals(0, used.refCount());
        }
    }

    @Test
    void aClosingNodeIsAskedLater() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        Models models = models("");
        models.close();
        Exception refused = Errors.mapped(assertThrows(CancellationException.class, () -> models.acquire(TINY)));
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, ((OpenSearchStatusException) refused).status());
        assertEquals("the node is closing", refused.getMessage());
    }

    @Test
    void aModelThatNobodyUsesIsUnloadedAndWaitedForByWhoAsksNext() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        try (Models models = models("")) {
            long soon = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
            assertThrows(
                    ModelLoadingException.class,
                    () -> models.acquire(null, soon, Runnable::run, new PlainActionFuture<>()));
            runPool();
            LoadedModel used = models.acquire(TINY);
            models.unloadIdle(TimeValue.ZERO);
            assertEquals(State.LOADED, state(models));
            used.decRef();
            models.unloadIdle(TimeValue.timeValueDays(1));
            assertEquals(State.LOADED, state(models));
            models.unloadIdle(TimeValue.ZERO);
            assertEquals(State.AVAILABLE, state(models));
            assertEquals(0, used.refCount());

            PlainActionFuture<LoadedModel> waiting = new PlainActionFuture<>();
            models.acquire(null, soon, Runnable::run, waiting);
            PlainActionFuture<LoadedModel> impatient = new PlainActionFuture<>();
            models.acquire(TINY, System.nanoTime(), Runnable::run, impatient);
            assertThrows(ModelLoadingException.class, impatient::actionGet);
            assertFalse(waiting.isDone());
            runPool();
            LoadedModel back = waiting.actionGet();
            assertEquals(2, back.refCount());
            back.decRef();

            models.unload(TINY, new PlainActionFuture<>());
            runPool();
            assertThrows(
                    ModelLoadingException.class,
                    () -> models.acquire(null, soon, Runnable::run, new PlainActionFuture<>()));
        }
    }

    @Test
    void aBrokenFileFailsOnceAndIsTriedAgainOnDemand() throws IOException {
        Files.write(folder.resolve("broken.gguf"), new byte[] {'G', 'G', 'U', 'F', 3});
        try (Models models = models("")) {
            PlainActionFuture<ModelInfo> load = new PlainActionFuture<>();
            models.load("broken", load);
            runPool();
            assertThrows(RuntimeException.class, load::actionGet);
            assertEquals(State.FAILED, state(models));
            ModelUnavailableException told =
                    assertThrows(ModelUnavailableException.class, () -> models.acquire("broken"));
            assertTrue(String.valueOf(told.getMessage()).contains("broken.gguf"), told.getMessage());
            Files.delete(folder.resolve("broken.gguf"));
            TinyModel.of("llama").gguf().write(folder.resolve("broken.gguf"));
            models.load("broken", new PlainActionFuture<>());
            runPool();
            assertEquals(State.LOADED, state(models));
        }
    }

    @Test
    void aModelWithoutMemorySaysWhenItIsTriedAgain() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        Models.Loader loader = (path, options, progress) -> {
            throw new CircuitBreakingException("9 bytes are free", CircuitBreaker.Durability.TRANSIENT);
        };
        try (Models models = new Models(folder, loader, LoadOptions::defaults, () -> "", pool::add)) {
            assertThrows(ModelLoadingException.class, () -> models.acquire(TINY));
            runPool();
            ModelUnavailableException refused =
                    assertThrows(ModelUnavailableException.class, () -> models.acquire(TINY));
            assertTrue(String.valueOf(refused.getMessage()).contains("9 bytes are free"), refused.getMessage());
            assertEquals(10, refused.retryAfterSeconds());
            OpenSearchException told = (OpenSearchException) Errors.mapped(refused);
            assertEquals(RestStatus.SERVICE_UNAVAILABLE, told.status());
            assertEquals(List.of("10"), told.getHeader("Retry-After"));
        }
    }

    @Test
    void unloadingStopsALoad() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        try (Models models = models("")) {
            PlainActionFuture<ModelInfo> load = new PlainActionFuture<>();
            models.load(TINY, load);
            models.unload(TINY, new PlainActionFuture<>());
            runPool();
            assertThrows(IllegalStateException.class, load::actionGet);
            assertEquals(State.AVAILABLE, state(models));
        }
    }

    @Test
    void aLoaderThatIsToldToStopLeavesTheModelAvailable() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        List<Models> self = new ArrayList<>();
        Models.Loader loader = (path, options, progress) -> {
            self.getFirst().unload(TINY, new PlainActionFuture<>());
            assertThrows(CancellationException.class, () -> progress.step("weights", 1, 2));
            throw new CancellationException();
        };
        try (Models models = new Models(folder, loader, LoadOptions::defaults, () -> "", pool::add)) {
            self.add(models);
            models.load(TINY, new PlainActionFuture<>());
            runPool();
            assertEquals(State.AVAILABLE, state(models));
        }
    }

    @Test
    void unknownAndUnclearModelsAreNamed() throws IOException {
        try (Models models = models("")) {
            assertThrows(UnknownModelException.class, () -> models.acquire(null));
            assertThrows(IllegalArgumentException.class, () -> models.acquire("../secret"));
            TinyModel.of("llama").writeGguf(folder);
            TinyModel.of("qwen2").withType(TensorType.F32).writeHuggingFace(folder.resolve("second"));
            Files.createDirectory(folder.resolve("empty"));
            UnknownModelException unknown = assertThrows(UnknownModelException.class, () -> models.acquire("third"));
            assertTrue(String.valueOf(unknown.getMessage()).contains("[second, tiny-llama]"), unknown.getMessage());
            assertThrows(IllegalArgumentException.class, () -> models.acquire(null));
        }
        try (Models models = models("second")) {
            assertThrows(ModelLoadingException.class, () -> models.acquire(null));
            runPool();
            LoadedModel second = models.acquire(null);
            assertEquals("second", second.id());
            LoadedModel again = models.acquire("second");
            assertSame(second, again);
            second.decRef();
            again.decRef();
        }
    }
}
