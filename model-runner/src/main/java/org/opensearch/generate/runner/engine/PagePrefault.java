// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.generate.runner.kernel.WorkerThreads;
import org.opensearch.generate.runner.model.Model;

/**
 * Keeps KV pages ready ahead of their first use, on a thread of its own.
 *
 * <h2>Idea</h2>
 * The system hands out memory when it is first written, huge pages at once in every layer: a stall of ten to some hundred
 * milliseconds in the step that meets it. The pool hands pages out in ascending order the first time, so what comes next is
 * known. Memory that is never needed is not taken but for {@link #AHEAD} pages. Where it fails, steps meet their pages unprepared,
 * as the log then says.
 */
final class PagePrefault implements AutoCloseable {
    private static final Logger LOGGER = LogManager.getLogger(PagePrefault.class);

    /** Pages that are ready beyond the highest that was used: 2,048 tokens. */
    static final int AHEAD = 64;
    /** Pages made ready at a time; the thread looks in between whether it shall end. */
    private static final int AT_ONCE = 4;
    /** It gives way to the threads that compute. */
    private static final int NICE = 10;

    private final String name;
    private final Model model;
    private final Thread thread;
    /** End of the pages that were used; written by the engine's thread. */
    private volatile int used;

    private volatile boolean resized;
    private volatile boolean closing;

    PagePrefault(String name, Model model) {
        this.name = name;
        this.model = model;
        this.thread = new WorkerThreads(NICE, false).newThread(this::run);
        thread.setName("generate-pages-" + name);
        thread.start();
    }

    /** Tells how far pages were handed out. Engine's thread only. */
    void used(int end) {
        if (end > used) {
            used = end;
            LockSupport.unpark(thread);
        }
    }

    /** Tells that the pages are others than before, as many as the model has now. Engine's thread only. */
    void resized() {
        resized = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            prefault();
        } catch (RuntimeException | Error e) {
            LOGGER.warn("KV pages of {} are not made ready ahead of their use any more", name, e);
        }
    }

    private void prefault() {
        int ready = 0;
        while (!closing) {
            if (resized) {
                resized = false;
                ready = 0;
            }
            int wanted = Math.min(model.pages(), used + AHEAD);
            if (ready < wanted) {
                int end = Math.min(wanted, ready + AT_ONCE);
                model.prefault(ready, end);
                ready = end;
            } else {
                Thread.interrupted();
                LockSupport.park(this);
            }
        }
    }

    /** Ends the thread. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        WorkerThreads.join(thread);
    }
}
