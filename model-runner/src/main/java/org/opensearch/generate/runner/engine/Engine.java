// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.cache.Reservation;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.kernel.WorkerThreads;
import org.opensearch.generate.runner.kernel.Workers;
import org.opensearch.generate.runner.model.Model;

/**
 * Serves one model: many requests at once.
 *
 * <h2>Idea</h2>
 * A loop of steps. Each is a transaction: plan, reserve pages, run, commit. A step that fails gives everything back and its
 * sequences are tried once more; those that fail twice in a row end with that failure, the engine lives on.
 *
 * <h2>Threads</h2>
 * The engine's own thread owns scheduler, pages and sequences, calls the model, and tells the listeners. Callers only leave
 * requests in {@code arrivals} (guarded by its monitor), mark sequences as cancelled, and read the statistics. Without work the
 * thread is parked.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOGGER = LogManager.getLogger(Engine.class);
    private static final int MOST_FAILED_STEPS = 2;
    /** How long the engine rests before it looks for answers that have become too late. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String name;
    private final Model model;
    private final Tokenizer tokenizer;
    private final EngineOptions options;
    private final PagePool pool;
    private final PagePrefault prefault;
    private final Scheduler scheduler;
    private final TokenChoice choice;
    private final StepCosts costs = new StepCosts();
    private final TimeShare share = new TimeShare();
    private final EngineMetrics metrics = new EngineMetrics();
    private final Deque<Sequence> arrivals = new ArrayDeque<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final Thread thread;
    private float[][] logits = {};
    private long lastNumber;
    private volatile boolean closing;

    /**
     * Starts the engine's thread.
     *
     * @param name the model's name, part of the thread's name
     * @param model what computes; stays the caller's, who closes it after the engine
     * @param tokenizer turns tokens into text
     * @param options limits
     */
    public Engine(String name, Model model, Tokenizer tokenizer, EngineOptions options) {
        this(
                name,
                model,
                tokenizer,
                options,
                new Workers(1),
                Thread.ofPlatform().daemon().factory());
    }

    /**
     * The same on a thread that {@code threads} makes, with helpers.
     *
     * @param workers share the choice of tokens; stay the caller's, who closes them after the engine
     */
    public Engine(
            String name,
            Model model,
            Tokenizer tokenizer,
            EngineOptions options,
            Workers workers,
            ThreadFactory threads) {
        if (options.maxStepTokens() > model.maxBatchRows()) {
            throw new IllegalArgumentException("steps of " + options.maxStepTokens()
                    + " tokens are wanted, the model takes " + model.maxBatchRows() + " rows");
        }
        this.name = name;
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options;
        this.choice = new TokenChoice(workers);
        this.pool = new PagePool(model.pages());
        this.scheduler = new Scheduler(pool, options.maxStepTokens(), options.maxSequences(), costs);
        this.prefault = new PagePrefault(name, model);
        this.thread = threads.newThread(this::run);
        thread.setName("generate-engine-" + name);
        thread.start();
    }

    /** Longest prompt and answer together, in tokens: the model's context, or what all KV pages hold. */
    public int maxContext() {
        return Math.min(model.maxContext(), pool.pages() * KvCache.PAGE);
    }

    /**
     * Hands a request in; never waits.
     *
     * @throws PromptTooLongException if the prompt can never fit together with one new token
     * @throws OverloadedException if too many requests wait
     * @throws IllegalArgumentException if the request is malformed
     * @throws IllegalStateException if the engine is closed
     */
    public GenerationHandle submit(GenerationRequest request, GenerationListener listener) {
        int room = maxContext() - request.prompt().length;
        if (room < 1) {
            throw new PromptTooLongException(request.prompt().length, maxContext() - 1);
        }
        request.check(model.config().vocabulary());
        long now = System.nanoTime();
        Sequence sequence;
        synchronized (arrivals) {
            if (closing) {
                throw new IllegalStateException("the engine of " + name + " is closed");
            }
            if (queued.get() >= options.maxQueue()) {
                throw new OverloadedException(queued.get() + " requests wait already", metrics.rejected(now));
            }
            sequence = new Sequence(
                    ++lastNumber,
                    request,
                    listener,
                    tokenizer.streamDecoder(),
                    Math.min(request.maxNewTokens(), room),
                    now);
            queued.incrementAndGet();
            arrivals.add(sequence);
        }
        LockSupport.unpark(thread);
        return () -> {
            sequence.cancel();
            LockSupport.unpark(thread);
        };
    }

    /**
     * Changes the share of the time in which steps run.
     *
     * @param value above 0, at most 1
     * @throws IllegalArgumentException if it is not
     */
    public void setShare(double value) {
        share.share(value);
        LockSupport.unpark(thread);
    }

    /** The share of the time in which steps run. */
    public double share() {
        return share.share();
    }

    /** How the engine stands. */
    public EngineStats stats() {
        return metrics.stats(model.kernels().name(), queued.get(), pool.pages(), System.nanoTime());
    }

    /**
     * Cancels what runs and waits, and ends the engine's thread. Listeners have been told when this returns, unless a listener
     * calls it.
     */
    @Override
    public void close() {
        synchronized (arrivals) {
            closing = true;
        }
        LockSupport.unpark(thread);
        if (Thread.currentThread() != thread) {
            WorkerThreads.join(thread);
        }
        prefault.close();
    }

    // ---- the engine's thread

    private void run() {
        Throwable cause = null;
        try {
            while (!closing) {
                receive();
                sweep();
                if (!scheduler.isIdle() && !rest()) {
                    long start = System.nanoTime();
                    step(start);
                    share.worked(start, System.nanoTime());
                    assert EngineInvariants.check(scheduler.snapshot());
                }
                levels();
            }
        } catch (RuntimeException | Error e) {
            LOGGER.error("the engine of {} has ended", name, e);
            cause = e;
        }
        end(cause);
    }

    /** Takes new requests over; waits for one while there is nothing else to do. */
    private void receive() {
        while (true) {
            synchronized (arrivals) {
                if (scheduler.isIdle() && !arrivals.isEmpty()) {
                    metrics.busy(System.nanoTime());
                }
                arrivals.forEach(scheduler::add);
                arrivals.clear();
            }
            if (!scheduler.isIdle() || closing) {
                return;
            }
            Thread.interrupted();
            LockSupport.park(this);
        }
    }

    /** Ends what was cancelled or is too late, running or waiting. */
    private void sweep() {
        long now = System.nanoTime();
        for (Sequence sequence : scheduler.sequences()) {
            long deadline = sequence.request.deadlineNanos();
            if (sequence.cancelled()) {
                finish(sequence, FinishReason.CANCELLED);
            } else if (deadline != Long.MAX_VALUE && now - deadline >= 0) {
                finish(sequence, FinishReason.TIMEOUT);
            }
        }
    }

    /** Waits a part of the rest that is due; false if none is. Meanwhile answers may have been cancelled or become too late. */
    private boolean rest() {
        long left = share.restNanos(System.nanoTime());
        if (left > 0) {
            Thread.interrupted();
            LockSupport.parkNanos(this, Math.min(left, REST_NANOS));
        }
        return left > 0;
    }

    private void step(long start) {
        StepPlan plan = scheduler.plan();
        scheduler.evict(plan.evicted());
        metrics.evicted(plan.evicted().size());
        try (Reservation pages = pool.reserve(plan.sharedPages(), plan.freshPages())) {
            prefault.used(pool.reached());
            StepPlan.Placed placed = plan.place(pages);
            placed.copies().forEach(copy -> model.copyPage(copy.from(), copy.to()));
            model.forward(placed.batch(), logitRows(placed.batch().logitRows().length));
            pages.commit();
            scheduler.commit(plan, placed.batch().blockTables());
        } catch (RuntimeException | VirtualMachineError | LinkageError e) {
            failed(plan, e);
            return;
        }
        accept(plan, start);
    }

    private float[][] logitRows(int count) {
        int rows = logits.length;
        if (rows < count) {
            logits = Arrays.copyOf(logits, count);
            for (int row = rows; row < count; row++) {
                logits[row] = new float[model.config().vocabulary()];
            }
        }
        return logits;
    }

    private void failed(StepPlan plan, Throwable cause) {
        LOGGER.warn("a step of {} with {} rows has failed", name, plan.rows(), cause);
        metrics.failedStep();
        for (Slice slice : plan.slices()) {
            if (++slice.sequence().failedSteps >= MOST_FAILED_STEPS) {
                fail(slice.sequence(), cause);
            }
        }
    }

    /** Samples and hands out the tokens of a committed step. */
    private void accept(StepPlan plan, long startNanos) {
        List<Sequence> sampled = new ArrayList<>();
        int decodes = 0;
        int recomputed = 0;
        for (Slice slice : plan.slices()) {
            Sequence sequence = slice.sequence();
            if (slice.samples()) {
                sampled.add(sequence);
                decodes += slice.count() == 1 ? 1 : 0;
            }
            recomputed += Math.clamp(sequence.computedBefore - slice.from(), 0, slice.count());
            if (!sequence.started()) {
                queued.decrementAndGet();
                sequence.start(startNanos);
                sequence.cachedTokens = slice.from();
                metrics.started(
                        startNanos - sequence.submittedNanos, sequence.tokens.promptLength(), sequence.cachedTokens);
            }
        }
        metrics.step(plan.rows(), decodes, recomputed, System.nanoTime() - startNanos, costs.summary());
        TokenChoice.Chosen[] chosen = choice.choose(sampled, logits);
        for (int i = 0; i < chosen.length; i++) {
            extend(sampled.get(i), chosen[i]);
        }
        costs.measured(decodes, plan.rows() - decodes, System.nanoTime() - startNanos);
    }

    private void extend(Sequence sequence, TokenChoice.Chosen chosen) {
        try {
            GeneratedToken token = chosen.get();
            sequence.tokens.append(token.id());
            if (model.config().endOfGeneration().contains(token.id())) {
                finish(sequence, FinishReason.STOP);
                return;
            }
            time(sequence);
            sequence.answer.add(token);
            String text = sequence.text.push(sequence.decoder.push(token.id()));
            sequence.listener.onToken(token, text);
        } catch (RuntimeException e) {
            fail(sequence, e);
            return;
        }
        if (sequence.text.stopped()) {
            finish(sequence, FinishReason.STOP);
        } else if (sequence.answer.size() == sequence.maxNewTokens) {
            finish(sequence, FinishReason.LENGTH);
        }
    }

    private void time(Sequence sequence) {
        long now = System.nanoTime();
        if (sequence.answer.isEmpty()) {
            sequence.firstTokenNanos = now;
            metrics.token(now - sequence.submittedNanos, now);
        } else {
            metrics.nextToken(now - sequence.lastTokenNanos, now);
        }
        sequence.lastTokenNanos = now;
    }

    private void finish(Sequence sequence, FinishReason reason) {
        long now = System.nanoTime();
        remove(sequence);
        metrics.finished(reason, now);
        Generation generation = sequence.finish(reason, now);
        tell(() -> sequence.listener.onFinished(generation));
    }

    private void fail(Sequence sequence, Throwable cause) {
        remove(sequence);
        metrics.failed(System.nanoTime());
        Exception failure = cause instanceof Exception exception
                ? exception
                : new IllegalStateException("the engine of " + name + " failed: " + cause, cause);
        tell(() -> sequence.listener.onFailure(failure));
    }

    private void remove(Sequence sequence) {
        if (!sequence.started()) {
            queued.decrementAndGet();
        }
        scheduler.remove(sequence);
        levels();
    }

    /** Tells the statistics what is held now: before a listener learns that its answer holds nothing any more. */
    private void levels() {
        metrics.levels(scheduler.runningSequences(), pool.pages() - pool.available(), pool.idle());
    }

    private void tell(Runnable message) {
        try {
            message.run();
        } catch (RuntimeException e) {
            LOGGER.warn("a listener of {} has failed", name, e);
        }
    }

    /** Ends all that is left, and takes nothing more. */
    private void end(@Nullable Throwable cause) {
        synchronized (arrivals) {
            closing = true;
            arrivals.forEach(scheduler::add);
            arrivals.clear();
        }
        for (Sequence sequence : scheduler.sequences()) {
            if (cause == null) {
                finish(sequence, FinishReason.CANCELLED);
            } else {
                fail(sequence, cause);
            }
        }
        levels();
    }
}
