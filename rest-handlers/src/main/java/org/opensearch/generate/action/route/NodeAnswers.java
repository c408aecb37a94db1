// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Answering;
import org.opensearch.generate.runner.engine.OverloadedException;

/**
 * Answers tasks with this node's models.
 *
 * <h2>Idea</h2>
 * All tasks of a batch go to the engine at once, which computes them together. Those that find its queue full wait for the others of
 * their batch; only one that has no others to wait for fails with 429.
 *
 * <h2>Threads</h2>
 * Called on the answer pool; tells its listeners there. Nothing waits.
 */
final class NodeAnswers {
    private final Models models;
    private final Executor pool;
    private final Answering answering;

    NodeAnswers(Models models, Executor pool) {
        this.models = models;
        this.pool = pool;
        this.answering = new Answering(pool);
    }

    /**
     * Answers; the listener gets as many results as there are tasks, never a failure.
     *
     * @param task cancels them
     * @param partial told of the only task's text; null for nobody
     */
    void answer(
            AnswerRequest request,
            NodeAnswerTask task,
            @Nullable AnswerListener partial,
            ActionListener<AnswerResults> listener) {
        Batch batch = new Batch(request, task, partial, listener);
        AnswerTask first = request.tasks().getFirst();
        if (!request.mayLoad()) {
            batch.submit();
            return;
        }
        // A model that comes back after it was idle is waited for. Whatever becomes of it, each task then finds out by
        // itself.
        try {
            models.acquire(
                    first.options().model(),
                    first.deadlineNanos(),
                    pool,
                    ActionListener.runAfter(ActionListener.wrap(LoadedModel::decRef, e -> {}), batch::submit));
        } catch (RuntimeException e) {
            batch.submit();
        }
    }

    /** The tasks of one request. */
    private final class Batch {
        private final AnswerRequest request;
        private final NodeAnswerTask task;
        private final @Nullable AnswerListener partial;
        private final ActionListener<AnswerResults> listener;
        private final AnswerResult[] results;
        /** Places of tasks that the engine has not taken yet. */
        private final Deque<Integer> waiting = new ArrayDeque<>();

        private int running;
        private int finished;

        Batch(
                AnswerRequest request,
                NodeAnswerTask task,
                @Nullable AnswerListener partial,
                ActionListener<AnswerResults> listener) {
            this.request = request;
            this.task = task;
            this.partial = partial;
            this.listener = listener;
            this.results = new AnswerResult[request.tasks().size()];
            for (int place = 0; place < results.length; place++) {
                waiting.add(place);
            }
        }

        /** Hands to the engine what it takes. */
        void submit() {
            boolean more = true;
            while (more) {
                int place;
                int before;
                synchronized (this) {
                    if (waiting.isEmpty()) {
                        return;
                    }
                    place = waiting.remove();
                    before = finished;
                    running++;
                }
                try {
                    begin(place);
                } catch (OverloadedException e) {
                    more = waits(place, before, e);
                } catch (RuntimeException e) {
                    finish(place, new AnswerResult(null, Errors.mapped(e)));
                }
            }
        }

        private void begin(int place) {
            if (task.isCancelled()) {
                throw Errors.cancelled(task);
            }
            AnswerTask asked = request.tasks().get(place);
            LoadedModel model = model(asked.options().model());
            LoadedModel drafts;
            try {
                drafts = draftModel(asked.options().speculation().draftModel());
            } catch (RuntimeException e) {
                model.decRef();
                throw e;
            }
            Runnable release = () -> {
                model.decRef();
                if (drafts != null) {
                    drafts.decRef();
                }
            };
            ActionListener<Answer> end = ActionListener.runAfter(
                    ActionListener.wrap(
                            answer -> finish(place, new AnswerResult(checked(answer), null)),
                            e -> finish(place, new AnswerResult(null, Errors.mapped(e)))),
                    release);
            try {
                task.generating(
                        answering.answer(model, drafts, asked, partial, ActionListener.runAfter(end, this::submit)));
            } catch (RuntimeException e) {
                release.run();
                throw e;
            }
        }

        private @Nullable LoadedModel draftModel(String id) {
            return id.isEmpty()
                    ? null
                    : models.tryAcquire(id)
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "[speculation.draft_model] " + id + " is not loaded on the node that answers"));
        }

        private LoadedModel model(@Nullable String id) {
            if (request.mayLoad() || id == null) {
                return models.acquire(id);
            }
            return models.tryAcquire(id).orElseThrow(() -> Errors.notLoaded(id));
        }

        private Answer checked(Answer answer) {
            if (task.isCancelled()) {
                throw Errors.cancelled(task);
            }
            return Errors.whole(answer);
        }

        /** The queue is full: the task waits for another of the batch, or fails. Whether there may be room by now. */
        private boolean waits(int place, int before, OverloadedException full) {
            synchronized (this) {
                if (running > 1 || finished > before) {
                    running--;
                    waiting.addFirst(place);
                    return finished > before;
                }
            }
            finish(place, new AnswerResult(null, Errors.mapped(full)));
            return true;
        }

        private void finish(int place, AnswerResult result) {
            synchronized (this) {
                results[place] = result;
                running--;
                finished++;
                if (finished < results.length) {
                    return;
                }
            }
            listener.onResponse(new AnswerResults(Arrays.asList(results)));
        }
    }
}
