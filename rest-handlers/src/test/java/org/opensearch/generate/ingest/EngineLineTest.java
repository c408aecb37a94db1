// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.AnswerDefaults;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Answering;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.generate.runner.engine.Priority;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.threadpool.FixedExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.node.NodeClient;

/** Prompts before a real tiny model, on the node's own kind of thread pools. */
class EngineLineTest {
    private static final String TINY = "tiny-llama";
    private static final int PROMPTS = 40;
    private static final int QUEUE = 1;

    private final ThreadPool threadPool = new ThreadPool(
            Settings.builder().put("node.name", "test").build(),
            new FixedExecutorBuilder(Settings.EMPTY, Pools.ANSWER, 2, 1000, "test.answer"),
            new FixedExecutorBuilder(Settings.EMPTY, Pools.INGEST, 2, -1, "test.ingest"));

    @TempDir
    private Path folder = Path.of("");

    private Models models = models();

    private Models models() {
        LoadOptions usual = LoadOptions.defaults();
        LoadOptions narrow = new LoadOptions(
                usual.threads(),
                usual.kvBytes(),
                usual.kvType(),
                usual.maxContext(),
                usual.maxStepTokens(),
                1,
                QUEUE,
                "cpu",
                "java",
                null,
                null,
                usual.budget());
        return new Models(folder, LanguageModel::load, () -> narrow, () -> "", threadPool.generic());
    }

    @BeforeEach
    void model() throws IOException {
        TinyModel.of("llama").writeGguf(folder);
        models = models();
    }

    @AfterEach
    void end() {
        models.close();
        assertTrue(ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS));
    }

    private IngestEngine engine(int maxSequences) {
        return engine(maxSequences, TimeValue.timeValueMinutes(1));
    }

    private IngestEngine engine(int maxSequences, TimeValue timeout) {
        return new IngestEngine(
                models,
                this::ask,
                new AnswerDefaults(TimeValue.timeValueSeconds(60), 16),
                new NodeClient(Settings.EMPTY, threadPool),
                threadPool,
                () -> new IngestEngine.Limits(maxSequences, timeout));
    }

    /** As a cluster of one node does. */
    private void ask(AnswerTask task, ActionListener<Answer> listener) {
        threadPool.executor(Pools.ANSWER).execute(ActionRunnable.wrap(Errors.mapping(listener), l -> {
            LoadedModel model = models.acquire(TINY);
            try {
                new Answering(threadPool.executor(Pools.ANSWER))
                        .answer(
                                model,
                                null,
                                task,
                                null,
                                ActionListener.runAfter(ActionListener.map(l, Errors::whole), model::decRef));
            } catch (RuntimeException e) {
                model.decRef();
                throw e;
            }
        }));
    }

    private static EngineLine.Job job(
            IngestEngine engine, String prompt, int maxTokens, ActionListener<Answer> listener) {
        AnswerOptions options =
                new AnswerOptions(TINY, maxTokens, SamplingOptions.GREEDY, List.of(), AnswerOptions.NO_LOGPROBS, null);
        return new EngineLine.Job(engine.task(prompt, options), listener);
    }

    private static RestStatus statusOf(PlainActionFuture<Answer> answer) {
        return ExceptionsHelper.status(assertThrows(Exception.class, answer::actionGet));
    }

    /** Prompts of so many tokens each, and what comes of them. */
    private static List<PlainActionFuture<Answer>> ask(IngestEngine engine, int prompts, int maxTokens) {
        List<PlainActionFuture<Answer>> answers = new ArrayList<>();
        List<EngineLine.Job> jobs = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            PlainActionFuture<Answer> answer = new PlainActionFuture<>();
            answers.add(answer);
            jobs.add(job(engine, "number " + i, maxTokens, answer));
        }
        engine.ask(TINY, jobs);
        return answers;
    }

    private EngineStats stats() {
        LoadedModel model = models.acquire(TINY);
        try {
            return model.model().engine().stats();
        } finally {
            model.decRef();
        }
    }

    @Test
    void documentsWaitBehindQuestionsForAsLongAsItTakes() {
        AnswerTask task = job(engine(1), "x", 1, new PlainActionFuture<>()).task();
        assertEquals(Priority.INGEST, task.priority());
        assertEquals(AnswerTask.NO_DEADLINE, task.deadlineNanos());
    }

    @Test
    void theModelIsWaitedForAndPromptsAreAskedInTheOrderTheyCame() {
        IngestEngine engine = engine(1);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<EngineLine.Job> jobs = new ArrayList<>();
        List<PlainActionFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < PROMPTS; i++) {
            int number = i;
            PlainActionFuture<Answer> answer = new PlainActionFuture<>();
            answers.add(answer);
            jobs.add(job(engine, "number " + i, 2, ActionListener.runBefore(answer, () -> order.add(number))));
        }
        engine.ask(TINY, jobs);
        answers.forEach(PlainActionFuture::actionGet);
        assertEquals(PROMPTS, order.size());
        assertTrue(order.indexOf(0) < order.indexOf(PROMPTS - 1), order::toString);
    }

    @Test
    void aFullQueueFailsNone() {
        IngestEngine engine = engine(4 * (1 + QUEUE));
        ask(engine, 1, 1).forEach(PlainActionFuture::actionGet);
        ask(engine, PROMPTS, 2).forEach(PlainActionFuture::actionGet);
        assertTrue(stats().rejected() > 0, "the queue was full at times");
    }

    @Test
    void whoWaitsTooLongForAModelFailsAsItDid() {
        IngestEngine engine = engine(1, TimeValue.ZERO);
        ask(engine, 1, 1).forEach(answer -> assertEquals(RestStatus.SERVICE_UNAVAILABLE, statusOf(answer)));
    }

    @Test
    void anUnloadFailsWhatIsBeingWrittenAndTheRestGoesOnWithTheModelLoadedAgain() {
        IngestEngine engine = engine(1);
        ask(engine, 1, 1).getFirst().actionGet();
        List<PlainActionFuture<Answer>> answers = ask(engine, 3, 450);
        assertTimeout(Duration.ofSeconds(10), () -> {
            while (stats().running() == 0) {
                Thread.onSpinWait();
            }
        });
        PlainActionFuture<ModelInfo> unloaded = new PlainActionFuture<>();
        models.unload(TINY, unloaded);
        unloaded.actionGet();
        answers.subList(1, 3).forEach(PlainActionFuture::actionGet);
        assertEquals(RestStatus.SERVICE_UNAVAILABLE, statusOf(answers.getFirst()));
    }

    @Test
    void aPromptThatDoesNotFitFailsAlone() {
        IngestEngine engine = engine(1);
        PlainActionFuture<Answer> large = new PlainActionFuture<>();
        PlainActionFuture<Answer> small = new PlainActionFuture<>();
        engine.ask(
                TINY,
                List.of(job(engine, "x".repeat(2 * TinyModel.CONTEXT), 1, large), job(engine, "small", 1, small)));
        assertEquals(RestStatus.REQUEST_ENTITY_TOO_LARGE, statusOf(large));
        assertEquals(TINY, small.actionGet().model());
    }

    @Test
    void eachIsAskedAndToldInTheThreadContextOfItsRequest() {
        IngestEngine engine = engine(2);
        List<PlainActionFuture<Answer>> answers = new ArrayList<>();
        List<String> users = Collections.synchronizedList(new ArrayList<>());
        for (String user : List.of("ann", "bo")) {
            ThreadContext context = threadPool.getThreadContext();
            try (ThreadContext.StoredContext before = context.stashContext()) {
                assertNotNull(before);
                context.putHeader("user", user);
                PlainActionFuture<Answer> answer = new PlainActionFuture<>();
                answers.add(answer);
                Runnable note = () -> users.add(user + " is " + context.getHeader("user"));
                engine.ask(TINY, List.of(job(engine, user, 2, ActionListener.runBefore(answer, note::run))));
            }
        }
        answers.forEach(PlainActionFuture::actionGet);
        Collections.sort(users);
        assertEquals(List.of("ann is ann", "bo is bo"), users);
    }
}
