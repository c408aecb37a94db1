// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Many tasks at once on one node, with a real model whose engine takes two at a time and lets two wait. */
class NodeAnswersTest {
    private static final String MODEL = "tiny-llama";
    private final ExecutorService pool = Executors.newFixedThreadPool(2);
    private final NodeAnswerTask parent =
            new NodeAnswerTask(1, "transport", "answer", "", TaskId.EMPTY_TASK_ID, Map.of());

    @TempDir
    private Path folder = Path.of("");

    private @Nullable Models models;

    @BeforeEach
    void load() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        Models shelf = new Models(folder, LanguageModel::load, NodeAnswersTest::small, () -> "", pool);
        PlainActionFuture<ModelInfo> loaded = new PlainActionFuture<>();
        shelf.load(MODEL, loaded);
        loaded.actionGet(1, TimeUnit.MINUTES);
        models = shelf;
    }

    @AfterEach
    void close() {
        Objects.requireNonNull(models).close();
        pool.shutdown();
    }

    private static LoadOptions small() {
        LoadOptions usual = LoadOptions.defaults();
        return new LoadOptions(
                usual.threads(),
                0,
                usual.kvType(),
                0,
                usual.maxStepTokens(),
                2,
                2,
                usual.device(),
                usual.kernelLevel(),
                null,
                null,
                usual.budget());
    }

    private static AnswerTask task(String model, String question) {
        AnswerOptions options =
                new AnswerOptions(model, 8, SamplingOptions.GREEDY, List.of(), AnswerOptions.NO_LOGPROBS, null);
        return new AnswerTask(
                List.of(new ChatMessage("user", question)),
                null,
                ContextOptions.DEFAULT,
                options,
                8,
                System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    }

    private List<AnswerResult> answer(boolean mayLoad, List<AnswerTask> tasks) {
        PlainActionFuture<AnswerResults> results = new PlainActionFuture<>();
        new NodeAnswers(Objects.requireNonNull(models), pool)
                .answer(new AnswerRequest(tasks, mayLoad, null, null), parent, null, results);
        return results.actionGet(1, TimeUnit.MINUTES).results();
    }

    /** How many tokens of a prompt were there already would tell a user what others have read. */
    @Test
    void noUserFindsWhatAnotherHasComputed() {
        AnswerTask asked = task(MODEL, "What is quartz? ".repeat(8));
        AnswerTask ann = asked.of("", "ann");
        assertEquals(0, cached(ann));
        assertTrue(cached(ann) > 0);
        assertEquals(0, cached(asked.of("", "bob")));
        assertEquals(0, cached(asked));
    }

    private int cached(AnswerTask task) {
        return Objects.requireNonNull(answer(true, List.of(task)).getFirst().answer())
                .usage()
                .cachedTokens();
    }

    @Test
    void aBatchLargerThanTheQueueIsAnsweredWholeAsEachTaskAlone() throws Exception {
        List<AnswerTask> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tasks.add(task(MODEL, "q" + i));
        }
        List<AnswerResult> results = answer(true, tasks);
        assertEquals(20, results.size());
        for (int i = 0; i < 20; i++) {
            String alone =
                    answer(true, List.of(task(MODEL, "q" + i))).getFirst().get().text();
            assertEquals(alone, results.get(i).get().text());
        }
    }

    @Test
    void aTaskThatFailsDoesNotFailTheOthers() {
        List<AnswerResult> results = answer(
                true,
                List.of(task(MODEL, "q"), task("absent", "q"), task(MODEL, "word ".repeat(1000)), task(MODEL, "q")));
        assertNotNull(results.get(0).answer());
        assertEquals(
                RestStatus.NOT_FOUND, ExceptionsHelper.status(results.get(1).failure()));
        assertEquals(
                RestStatus.REQUEST_ENTITY_TOO_LARGE,
                ExceptionsHelper.status(results.get(2).failure()));
        assertNotNull(results.get(3).answer());
    }

    @Test
    void nothingIsLoadedForAnotherNodeThatBelievesItIs() throws IOException {
        TinyModel.of("qwen2").writeGguf(folder);
        List<AnswerResult> results = answer(false, List.of(task("tiny-qwen2", "q"), task(MODEL, "q")));
        assertEquals(
                RestStatus.SERVICE_UNAVAILABLE,
                ExceptionsHelper.status(results.get(0).failure()));
        assertNotNull(results.get(1).answer());
        assertEquals(
                ModelInfo.State.AVAILABLE,
                Objects.requireNonNull(models).list().getLast().state());
    }

    @Test
    void aPromptThatMeetsAnEngineJustClosingIsToldToComeBack() {
        LoadedModel closing = Objects.requireNonNull(models).acquire(MODEL);
        closing.model().engine().close();
        Exception failure = Objects.requireNonNull(
                answer(true, List.of(task(MODEL, "q"))).getFirst().failure());
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status(failure));
        assertTrue(Errors.saysWhenToAskAgain(failure), failure::toString);
        closing.decRef();
    }

    @Test
    void aCancelledTaskAnswersNothing() {
        parent.cancel("enough");
        for (AnswerResult result : answer(true, List.of(task(MODEL, "q"), task(MODEL, "r")))) {
            assertInstanceOf(TaskCancelledException.class, result.failure());
        }
    }
}
