// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
import org.opensearch.generate.runner.speculate.DraftModel;

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
    /** Failed steps that end a sequence even if others ran between them. */
    private static final int MOST_FAILED_STEPS = 5;
    /** How long the engine rests before it looks for answers that have become too late. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Most bytes of the heap for the logits of drafted tokens. */
    private static final int DRAFT_LOGIT_BYTES = 16 << 20;

    private final String name;
    private final Model model;
    private final Tokenizer tokenizer;
    private final PagePool pool;
    private final PagePrefault prefault;
    private final PageTarget pages;
    private final Scheduler scheduler;
    private final StepCosts costs = new StepCosts();
    private final TimeShare share = new TimeShare();
    private final EngineMetrics metrics = new EngineMetrics();
    private final Speculation speculation = new Speculation(costs, metrics);
    private final Pace pace = new Pace();
    private final Admission admission;
    private final TokenChoice choice;
    private final Answers answers;
    private final Guidance guidance;
    private final Deque<Sequence> arrivals = new ArrayDeque<>();
    private final AtomicReference<@Nullable EngineLimits> changed = new AtomicReference<>();
    private final Thread thread;
    private float[][] logits = {};
    private long lastNumber;
    private int wantedPages;
    private long steps;
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

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
        this.admission = new Admission(options, pace);
        this.pool = new PagePool(model.pages());
        this.prefault = new PagePrefault(name, model);
        this.pages = new PageTarget(name, model, pool, prefault);
        this.scheduler = new Scheduler(
                pool,
                options.maxStepTokens(),
                options.maxSequences(),
                Math.max(1, DRAFT_LOGIT_BYTES / Float.BYTES / model.config().vocabulary()),
                costs);
        Set<Integer> ends = model.config().endOfGeneration();
        this.choice = new TokenChoice(workers, tokenizer, ends);
        this.answers = new Answers(name, tokenizer, ends, metrics, this::remove);
        this.guidance = new Guidance(tokenizer, model.config().vocabulary(), ends, threads);
        this.thread = threads.newThread(this::run);
        thread.setName("generate-engine-" + name);
        thread.start();
    }

    /** Longest prompt and answer together, in tokens: the model's context, or what all KV pages hold. */
    public int maxContext() {
        return (int) Math.min(model.maxContext(), (long) pages.usable() * KvCache.PAGE);
    }

    /**
     * Hands a request in; never waits.
     *
     * @throws PromptTooLongException if the prompt can never fit together with one new token
     * @throws OverloadedException if too many requests wait, or the user's limits are reached
     * @throws IllegalArgumentException if the request is malformed
     * @throws EngineClosedException if the engine is closed
     * @throws IllegalStateException if the engine has failed
     */
    public GenerationHandle submit(GenerationRequest request, GenerationListener listener) {
        request.check(model.config().vocabulary());
        Guided guided = guidance.begin(request.guide());
        long now = System.nanoTime();
        Sequence sequence;
        synchronized (arrivals) {
            if (closing) {
                throw noMore();
            }
            int room = maxContext() - request.prompt().length;
            if (room < 1) {
                throw new PromptTooLongException(request.prompt().length, maxContext() - 1);
            }
            sequence = new Sequence(
                    ++lastNumber,
                    request,
                    listener,
                    tokenizer.streamDecoder(),
                    guided,
                    Math.min(request.maxNewTokens(), room),
                    now);
            enter(sequence, now);
            arrivals.add(sequence);
        }
        LockSupport.unpark(thread);
        return () -> {
            sequence.cancel();
            LockSupport.unpark(thread);
        };
    }

    private IllegalStateException noMore() {
        Throwable cause = failure;
        return cause == null
                ? new EngineClosedException(name)
                : new IllegalStateException("the engine of " + name + " has failed: " + cause, cause);
    }

    private void enter(Sequence sequence, long nowNanos) {
        try {
            admission.enter(sequence, nowNanos);
        } catch (OverloadedException e) {
            metrics.rejected();
            throw e;
        }
    }

    /** Changes how users share the engine: from the next step and the next request on. */
    public void setLimits(EngineLimits limits) {
        admission.limits(limits);
        changed.set(limits);
    }

    /**
     * Changes the number of KV pages: more are there before the next step, if their memory is granted; fewer when those that shall go
     * are free. Requests that come from now on must fit into so many.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public void setPages(int count) {
        synchronized (arrivals) {
            pages.want(count);
        }
        LockSupport.unpark(thread);
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

    /** Changes whether requests of mode {@code AUTO} get drafts, as they do at first; answers are the same. */
    public void setSpeculation(boolean automatic) {
        speculation.automatic(automatic);
    }

    /** The share of the time in which steps run. */
    public double share() {
        return share.share();
    }

    /** The model as one that drafts for another with the same vocabulary. */
    public DraftModel drafts() {
        return new EngineDrafts(this);
    }

    /** How the engine stands. */
    public EngineStats stats() {
        return metrics.stats(
                model.kernels().name(),
                admission.queued(),
                pages.there(),
                System.nanoTime(),
                admission.users(),
                admission.limits());
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
        guidance.close();
    }

    // ---- the engine's thread

    private void run() {
        try {
            while (!closing) {
                receive();
                EngineLimits limits = changed.getAndSet(null);
                if (limits != null) {
                    scheduler.limits(limits);
                }
                sweep();
                if (!pages.isReached()) {
                    pages.approach(wantedPages, scheduler.sequences());
                }
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
            failure = e;
        }
        end(failure);
    }

    /** Takes new requests over; waits for one while there is nothing else to do. */
    private void receive() {
        while (true) {
            synchronized (arrivals) {
                arrivals.forEach(scheduler::add);
                arrivals.clear();
                wantedPages = pages.wanted();
            }
            if (!scheduler.isIdle() || closing || !pages.isReached()) {
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
                answers.finish(sequence, FinishReason.CANCELLED);
            } else if (deadline != Long.MAX_VALUE && now - deadline >= 0) {
                answers.finish(sequence, FinishReason.TIMEOUT);
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
        boolean gaveWay = scheduler.makeWay();
        speculation.propose(scheduler.running());
        StepPlan plan = scheduler.plan();
        scheduler.evict(plan.evicted());
        metrics.evicted(plan.evicted().size() + (gaveWay ? 1 : 0));
        if (plan.slices().isEmpty()) {
            return;
        }
        steps++;
        StepPlan.Placed placed;
        try (Reservation pages = pool.reserve(plan.sharedPages(), plan.freshPages())) {
            prefault.used(pool.reached());
            placed = plan.place(pages);
            guidance.prepare(plan);
            placed.copies().forEach(copy -> model.copyPage(copy.from(), copy.to()));
            model.forward(placed.batch(), logitRows(placed.batch().logitRows().length));
            pages.commit();
            scheduler.commit(plan, placed.tables());
        } catch (RuntimeException | VirtualMachineError | LinkageError e) {
            failed(plan, e);
            return;
        }
        accept(plan, placed.branchTables(), start);
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
            Sequence sequence = slice.sequence();
            boolean again = sequence.failedSteps > 0 && sequence.failedStep == steps - 1;
            sequence.failedSteps++;
            sequence.failedStep = steps;
            if (again || sequence.failedSteps == MOST_FAILED_STEPS) {
                answers.fail(sequence, cause);
            }
        }
    }

    /** Counts a committed step, and hands its tokens out. */
    private void accept(StepPlan plan, int[][][] branchTables, long startNanos) {
        List<Slice> sampled = new ArrayList<>();
        List<int[][]> branches = new ArrayList<>();
        int decodes = 0;
        int drafted = 0;
        int recomputed = 0;
        for (int i = 0; i < branchTables.length; i++) {
            Slice slice = plan.slices().get(i);
            Sequence sequence = slice.sequence();
            if (slice.samples()) {
                sampled.add(slice);
                branches.add(branchTables[i]);
                decodes += slice.decodes() ? slice.count() : 0;
                drafted += slice.rows() - slice.count();
            }
            recomputed += Math.clamp(sequence.computedBefore - slice.from(), 0, slice.count());
            if (!sequence.started()) {
                admission.starts(sequence, startNanos);
                sequence.cachedTokens = slice.from();
                metrics.started(
                        startNanos - sequence.submittedNanos, sequence.tokens.promptLength(), sequence.cachedTokens);
            }
        }
        TokenChoice.Chosen[] chosen = choice.choose(sampled, logits);
        int tokens = 0;
        for (int i = 0; i < chosen.length; i++) {
            int forced = sampled.get(i).decodes() ? sampled.get(i).count() - 1 : 0;
            tokens += forced + chosen[i].tokens().size();
            scheduler.accept(sampled.get(i), chosen[i].accepted(), chosen[i].branch(), branches.get(i));
            speculation.verified(sampled.get(i), chosen[i]);
        }
        int prompts = plan.rows() - decodes - drafted;
        metrics.step(
                plan.rows(),
                prompts,
                chosen.length,
                tokens,
                recomputed,
                System.nanoTime() - startNanos,
                costs.summary());
        for (int i = 0; i < chosen.length; i++) {
            answers.extend(sampled.get(i), chosen[i]);
        }
        long now = System.nanoTime();
        costs.measured(decodes, drafted, prompts, now - startNanos);
        pace.step(now, (now - startNanos) / share.share(), costs.summary().promptTokenMillis());
    }

    private void remove(Sequence sequence) {
        scheduler.remove(sequence);
        speculation.ended(sequence);
        admission.ended(sequence);
        levels();
    }

    /** Tells the statistics what is held now: before a listener learns that its answer holds nothing any more. */
    private void levels() {
        metrics.levels(scheduler.runningSequences(), pool.pages() - pool.available(), pool.idle());
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
                answers.finish(sequence, FinishReason.CANCELLED);
            } else {
                answers.fail(sequence, cause);
            }
        }
        levels();
    }
}
