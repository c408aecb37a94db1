// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.util.concurrent.AbstractRunnable;
import org.opensearch.generate.runner.engine.GeneratedToken;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.engine.GenerationListener;

/**
 * Carries an answer from the engine's thread to the answer pool.
 *
 * <h2>State</h2>
 * Text and tokens that the pool has not taken yet, under this object's lock; it is held only to append and to take. What waits is
 * at most the answer.
 *
 * <h2>Threads</h2>
 * The engine's thread appends and, if no run of the pool is under way, asks for one. A run takes what has come until nothing is
 * left. So the receiver is called by one thread at a time.
 */
final class AnswerRelay implements GenerationListener {
    /** Takes what the engine made, on the answer pool. */
    interface Receiver {
        /** More text and tokens. */
        void more(String text, List<GeneratedToken> tokens);

        /** The end; {@code generation} has all of the text. */
        void finished(Generation generation);

        /** The end, if more or finished throw, too. */
        void failed(Exception failure);
    }

    private final Executor pool;
    private final boolean streams;
    private final Receiver receiver;
    private final StringBuilder text = new StringBuilder();
    private List<GeneratedToken> tokens = new ArrayList<>();
    private @Nullable Generation generation;
    private @Nullable Exception failure;
    private boolean running;

    /**
     * @param pool where the receiver is called
     * @param streams whether it wants more than the end
     */
    AnswerRelay(Executor pool, boolean streams, Receiver receiver) {
        this.pool = pool;
        this.streams = streams;
        this.receiver = receiver;
    }

    @Override
    public void onToken(GeneratedToken token, String more) {
        if (!streams) {
            return;
        }
        synchronized (this) {
            text.append(more);
            tokens.add(token);
        }
        run();
    }

    @Override
    public void onFinished(Generation finished) {
        synchronized (this) {
            generation = finished;
        }
        run();
    }

    @Override
    public void onFailure(Exception e) {
        synchronized (this) {
            failure = e;
        }
        run();
    }

    private void run() {
        synchronized (this) {
            if (running) {
                return;
            }
            running = true;
        }
        pool.execute(new AbstractRunnable() {
            @Override
            protected void doRun() {
                while (takeOne()) {
                    // takes all there is
                }
            }

            @Override
            public void onFailure(Exception e) {
                receiver.failed(e);
            }

            /** Runs even where the pool's queue is full: what the engine has made must reach its caller. */
            @Override
            public boolean isForceExecution() {
                return true;
            }
        });
    }

    /** Takes what there is; false if that is nothing, or the end. After a failure no other run begins. */
    private boolean takeOne() {
        String more;
        List<GeneratedToken> some;
        Generation end;
        Exception broken;
        synchronized (this) {
            more = text.toString();
            some = tokens;
            end = generation;
            broken = failure;
            if (some.isEmpty() && end == null && broken == null) {
                running = false;
                return false;
            }
            text.setLength(0);
            tokens = new ArrayList<>();
        }
        if (!some.isEmpty()) {
            receiver.more(more, some);
        }
        if (broken != null) {
            receiver.failed(broken);
        } else if (end != null) {
            receiver.finished(end);
        }
        return broken == null && end == null;
    }
}
