// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.TokenMasks;

/**
 * What an engine has for guided answers: the masks of its vocabulary, and a thread that makes those that are missing while the
 * model computes. Whoever needs one that is not there yet makes it, or waits for it. Both are made for the first guided request.
 */
final class Guidance implements AutoCloseable {
    private static final Logger LOGGER = LogManager.getLogger(Guidance.class);

    private final Tokenizer tokenizer;
    private final int vocabulary;
    private final Set<Integer> ends;
    private final ThreadFactory threads;
    private @Nullable TokenMasks masks;
    private @Nullable ExecutorService ahead;

    /**
     * @param tokenizer what tokens stand for
     * @param vocabulary token ids are below
     * @param ends token ids that end an answer
     * @param threads makes the thread
     */
    Guidance(Tokenizer tokenizer, int vocabulary, Set<Integer> ends, ThreadFactory threads) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.ends = ends;
        this.threads = threads;
    }

    /** An answer before its first token; null if it is free. Any thread. */
    @Nullable
    Guided begin(@Nullable Guide guide) {
        return guide == null ? null : new Guided(guide, masks(), tokenizer.strippedSpaces());
    }

    private synchronized TokenMasks masks() {
        TokenMasks made = masks;
        if (made == null) {
            made = new TokenMasks(tokenizer, vocabulary, ends);
            masks = made;
        }
        return made;
    }

    /** A step is about to be computed: the masks that its answers need then are made meanwhile. */
    void prepare(StepPlan plan) {
        for (Slice slice : plan.slices()) {
            Guided guided = slice.sequence().guided;
            if (guided != null && slice.samples() && guided.isMaskMissing()) {
                ahead().execute(quietly(guided.maskMaker()));
            }
        }
    }

    /** What is wrong with a mask shows when it is needed. */
    private static Runnable quietly(Runnable maker) {
        return () -> {
            try {
                maker.run();
            } catch (RuntimeException e) {
                LOGGER.debug("a mask could not be made ahead", e);
            }
        };
    }

    private synchronized ExecutorService ahead() {
        ExecutorService made = ahead;
        if (made == null) {
            made = Executors.newSingleThreadExecutor(threads);
            ahead = made;
        }
        return made;
    }

    /** How many masks were made, and not found again. */
    synchronized long masksMade() {
        return masks == null ? 0 : masks.computed();
    }

    /** Ends the thread. */
    @Override
    public synchronized void close() {
        if (ahead != null) {
            ahead.shutdownNow();
        }
    }
}
