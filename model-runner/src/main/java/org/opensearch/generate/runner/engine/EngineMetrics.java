// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what an engine does. Written by the engine's thread, read by any; every method takes the one lock, for a moment. */
final class EngineMetrics {
    private static final double NANOS = 1e9;

    private final Map<FinishReason, Long> finished = new EnumMap<>(FinishReason.class);
    private final long[] batchRows = new long[Integer.SIZE];
    private final Histogram queueTime = new Histogram();
    private final Histogram firstTokenTime = new Histogram();
    private final Histogram interTokenTime = new Histogram();
    private final RecentRate generated = new RecentRate();
    private final Map<String, EngineStats.Drafts> drafts = new TreeMap<>();
    private long answerSteps;
    private long answerTokens;
    private long failures;
    private long rejected;
    private long promptTokens;
    private long cachedTokens;
    private long generatedTokens;
    private long recomputedTokens;
    private long steps;
    private long failedSteps;
    private long evictions;
    private long prefillTokens;
    private long prefillNanos;
    private long decodeTokens;
    private long decodeNanos;
    private int running;
    private int pagesUsed;
    private int pagesCached;
    private EngineStats.StepCost stepCost = new EngineStats.StepCost(0, 0, 0, 0);

    synchronized void rejected() {
        rejected++;
    }

    synchronized void started(long queueNanos, int prompt, int cached) {
        queueTime.add(queueNanos);
        promptTokens += prompt;
        cachedTokens += cached;
    }

    synchronized void token(long sinceSubmittedNanos, long nowNanos) {
        generatedTokens++;
        generated.add(nowNanos);
        firstTokenTime.add(sinceSubmittedNanos);
    }

    synchronized void nextToken(long sinceLastNanos, long nowNanos) {
        generatedTokens++;
        generated.add(nowNanos);
        interTokenTime.add(sinceLastNanos);
    }

    /**
     * A step has run.
     *
     * @param promptRows of its rows, those that are neither answers' nor drafts'
     * @param answers answers that got tokens
     * @param tokens how many they got
     */
    synchronized void step(
            int rows, int promptRows, int answers, int tokens, int recomputed, long nanos, EngineStats.StepCost cost) {
        steps++;
        answerSteps += answers;
        answerTokens += tokens;
        stepCost = cost;
        batchRows[Integer.SIZE - Integer.numberOfLeadingZeros(rows - 1)]++;
        recomputedTokens += recomputed;
        if (promptRows > 0) {
            prefillTokens += promptRows;
            prefillNanos += nanos;
        } else {
            decodeTokens += tokens;
            decodeNanos += nanos;
        }
    }

    /** A draft was verified. */
    synchronized void drafted(String drafter, int draftTokens, int acceptedTokens) {
        drafts.merge(
                drafter, new EngineStats.Drafts(drafter, 1, draftTokens, acceptedTokens), EngineStats.Drafts::plus);
    }

    synchronized void failedStep() {
        failedSteps++;
    }

    synchronized void evicted(int sequences) {
        evictions += sequences;
    }

    synchronized void finished(FinishReason reason) {
        finished.merge(reason, 1L, Long::sum);
    }

    synchronized void failed() {
        failures++;
    }

    synchronized void levels(int runningSequences, int usedPages, int cachedPages) {
        running = runningSequences;
        pagesUsed = usedPages;
        pagesCached = cachedPages;
    }

    synchronized EngineStats stats(
            String kernels,
            int queued,
            int pagesTotal,
            long nowNanos,
            List<EngineStats.UserQueue> users,
            EngineLimits limits) {
        List<EngineStats.BatchRows> rows = new ArrayList<>();
        for (int bucket = 0; bucket < batchRows.length; bucket++) {
            if (batchRows[bucket] > 0) {
                rows.add(new EngineStats.BatchRows(1 << bucket, batchRows[bucket]));
            }
        }
        return new EngineStats(
                kernels,
                Map.copyOf(finished),
                failures,
                rejected,
                promptTokens,
                cachedTokens,
                generatedTokens,
                recomputedTokens,
                queued,
                running,
                steps,
                failedSteps,
                evictions,
                List.copyOf(rows),
                pagesTotal,
                pagesUsed,
                pagesCached,
                queueTime.latency(),
                firstTokenTime.latency(),
                interTokenTime.latency(),
                generated.perSecond(nowNanos),
                perSecond(prefillTokens, prefillNanos),
                perSecond(decodeTokens, decodeNanos),
                users,
                limits,
                stepCost,
                new EngineStats.Speculation(
                        answerSteps == 0 ? 0 : (double) answerTokens / answerSteps, List.copyOf(drafts.values())));
    }

    private static double perSecond(long tokens, long nanos) {
        return nanos == 0 ? 0 : tokens * NANOS / nanos;
    }
}
