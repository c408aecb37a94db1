// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.models.ModelInfo.Download;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;

/** What a deployment says goes before what lies in the model folder, with real tiny models; the load pool is a list. */
class DeployedModelsTest {
    private static final String TINY = "tiny-llama";
    private final List<Runnable> pool = new ArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    @TempDir
    private Path elsewhere = Path.of("");

    private Models models = new Models(folder, LanguageModel::load, LoadOptions::defaults, () -> "", pool::add);
    private Path file = folder;

    @BeforeEach
    void write() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        file = elsewhere.resolve(TINY + ".gguf");
        Files.copy(folder.resolve(TINY + ".gguf"), file);
        models = new Models(folder, LanguageModel::load, LoadOptions::defaults, () -> "", pool::add);
    }

    @AfterEach
    void close() {
        models.close();
    }

    private void runPool() {
        while (!pool.isEmpty()) {
            pool.removeFirst().run();
        }
    }

    private ModelInfo info() {
        return models.list().getFirst();
    }

    @Test
    void aModelOnItsWayHidesTheOneOfTheFolderAndUnloadsIt() {
        models.load(TINY, new PlainActionFuture<>());
        runPool();
        LoadedModel used = models.acquire(TINY);
        models.deploy(TINY, DeployedModel.coming(() -> new Download(41, 100)));
        runPool();
        assertEquals(1, used.refCount(), "only its user has it");
        used.decRef();
        assertEquals(State.DOWNLOADING, info().state());
        ModelLoadingException coming = assertThrows(ModelLoadingException.class, () -> models.acquire(TINY));
        assertTrue(String.valueOf(coming.getMessage()).contains("41 percent"), coming.getMessage());
        models.undeploy(TINY, new PlainActionFuture<>());
        assertEquals(State.AVAILABLE, info().state());
    }

    @Test
    void aModelThatCameIsNeverShownAsMerelyAvailable() {
        models.deploy(TINY, DeployedModel.coming(() -> Download.WAITING));
        PlainActionFuture<ModelInfo> loaded = new PlainActionFuture<>();
        models.loadDeployed(TINY, file, loaded);
        assertEquals(State.LOADING, info().state());
        runPool();
        assertEquals(State.LOADED, loaded.actionGet().state());
    }

    @Test
    void aDeployedModelThatWasUnloadedComesBackOnDemand() {
        models.loadDeployed(TINY, file, new PlainActionFuture<>());
        runPool();
        models.unload(TINY, new PlainActionFuture<>());
        runPool();
        assertEquals(State.AVAILABLE, info().state());
        assertThrows(ModelLoadingException.class, () -> models.acquire(TINY));
        runPool();
        models.acquire(TINY).decRef();
    }

    @Test
    void aModelThatFailedToComeSaysHowToTryAgain() {
        models.deploy(TINY, DeployedModel.failed("the disk is full"));
        assertEquals(State.FAILED, info().state());
        assertEquals("the disk is full", info().error());
        ModelUnavailableException failed = assertThrows(ModelUnavailableException.class, () -> models.acquire(TINY));
        assertTrue(String.valueOf(failed.getMessage()).contains("PUT /_plugins/_generate/models/" + TINY));
    }

    @Test
    void theEndOfADeploymentWaitsForALoadToStop() {
        PlainActionFuture<ModelInfo> loaded = new PlainActionFuture<>();
        models.loadDeployed("deployed", file, loaded);
        PlainActionFuture<Void> ended = new PlainActionFuture<>();
        models.undeploy("deployed", ended);
        assertFalse(ended.isDone(), "its files are still read");
        assertEquals(1, models.list().size());
        runPool();
        assertTrue(ended.isDone());
        assertThrows(IllegalStateException.class, loaded::actionGet);
        assertThrows(UnknownModelException.class, () -> models.acquire("deployed"));
    }

    @Test
    void whatWasListedBeforeADeploymentEndedIsNotLoadedAfterwards() {
        ModelFiles files = new ModelFiles(new ModelFolder(folder));
        files.deploy("deployed", DeployedModel.at(file));
        SortedMap<String, Path> listed = files.list();
        assertEquals(file, files.confirm("deployed", listed.get("deployed")));
        assertTrue(files.undeploy("deployed"));
        assertNull(files.confirm("deployed", listed.get("deployed")));
        assertEquals(listed.get(TINY), files.confirm(TINY, listed.get(TINY)));
        files.deploy(TINY, DeployedModel.coming(() -> Download.WAITING));
        assertNull(files.confirm(TINY, listed.get(TINY)));
    }
}
