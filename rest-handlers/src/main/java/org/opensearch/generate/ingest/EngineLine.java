// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.util.concurrent.ThreadContext.StoredContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.Errors;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerTask;

/**
 * The prompts that documents have for one model, in the order they came.
 *
 * <h2>Idea</h2>
 * Only so many are asked at once, so that the engine's queue stays open to others. Where it is full all the same, or the model is
 * still loading, the prompt goes back to the head of the line and all wait a little: that fails no document. No more are asked at
 * once then than were taken, and one more with each answer.
 *
 * <h2>Threads</h2>
 * Any may call; nothing waits. The fields belong to this object's lock. Listeners are told on the ingest pool.
 */
final class EngineLine {
    private final IngestEngine ingest;
    private final Deque<Waiting> line = new ArrayDeque<>();
    /** Prompts asked and not answered. */
    private int asked;
    /** Most prompts asked at once, above which the limit of the node counts. */
    private int share = Integer.MAX_VALUE;
    /** Whether all wait a little. */
    private boolean pausing;
    /** Since when nothing was answered and prompts came back; null if the last thing was an answer. */
    private @Nullable Long stuckSinceNanos;

    /**
     * A prompt.
     *
     * @param listener told on the ingest pool, in the thread context of the one who added it
     */
    record Job(AnswerTask task, ActionListener<Answer> listener) {}

    /** @param context what its request brought along: who asks, and for what */
    private record Waiting(Job job, Supplier<StoredContext> context) {}

    EngineLine(IngestEngine ingest) {
        this.ingest = ingest;
    }

    /** Puts prompts at the end, to be asked in the present thread context. */
    void add(List<Job> jobs) {
        Supplier<StoredContext> context = ingest.context();
        synchronized (this) {
            jobs.forEach(job -> line.add(new Waiting(job, context)));
        }
        go();
    }

    private void go() {
        for (Waiting next = next(); next != null; next = next()) {
            ask(next);
        }
    }

    /** Whose turn it is; null if nobody's. */
    private synchronized @Nullable Waiting next() {
        if (pausing
                || line.isEmpty()
                || asked >= Math.min(share, ingest.limits().maxSequences())) {
            return null;
        }
        asked++;
        return line.removeFirst();
    }

    private void ask(Waiting next) {
        StoredContext before = next.context.get();
        try {
            ingest.ask(next.job.task, ingest.inContext(ActionListener.notifyOnce(new Asked(next))));
        } finally {
            before.close();
        }
    }

    /** A prompt that is asked. It frees its place, then hands on: the pipeline that goes on there may take its time. */
    private final class Asked implements ActionListener<Answer> {
        private final Waiting waiting;

        Asked(Waiting waiting) {
            this.waiting = waiting;
        }

        @Override
        public void onResponse(Answer answer) {
            synchronized (EngineLine.this) {
                asked--;
                share = Math.min(share, ingest.limits().maxSequences()) + 1;
                stuckSinceNanos = null;
            }
            go();
            ingest.run(waiting.job.listener, l -> l.onResponse(answer));
        }

        @Override
        public void onFailure(Exception e) {
            if (Errors.saysWhenToAskAgain(e)) {
                waitALittle(waiting, e);
                return;
            }
            synchronized (EngineLine.this) {
                asked--;
            }
            go();
            ingest.run(waiting.job.listener, l -> l.onFailure(e));
        }
    }

    /** Puts a prompt back; if nothing was answered for too long, all who wait fail as it did. */
    private void waitALittle(Waiting refused, Exception why) {
        boolean tooLong;
        synchronized (this) {
            asked--;
            line.addFirst(refused);
            share = Math.max(1, asked);
            long now = System.nanoTime();
            if (stuckSinceNanos == null) {
                stuckSinceNanos = now;
            }
            tooLong = now - stuckSinceNanos >= ingest.limits().timeout().nanos();
            if (!tooLong && pausing) {
                return;
            }
            pausing = !tooLong;
        }
        if (tooLong) {
            failAll(why);
        } else {
            ingest.later(ActionListener.<Void>wrap(nothing -> {}, this::failAll), l -> goOn());
        }
    }

    private void goOn() {
        synchronized (this) {
            pausing = false;
        }
        go();
    }

    private void failAll(Exception e) {
        List<Waiting> all;
        synchronized (this) {
            pausing = false;
            stuckSinceNanos = null;
            all = List.copyOf(line);
            line.clear();
        }
        all.forEach(waiting -> ingest.run(waiting.job.listener, l -> l.onFailure(e)));
    }
}
