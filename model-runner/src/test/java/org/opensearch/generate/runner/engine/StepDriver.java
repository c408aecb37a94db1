// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.cache.Reservation;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** Runs a scheduler step by step as the engine does, without a model: a step takes a nanosecond a row, every token is 1. */
final class StepDriver {
    final Scheduler scheduler;
    /** Tokens that each user has had. */
    final Map<String, Integer> tokens = new HashMap<>();

    final Set<Sequence> ended = new HashSet<>();
    final PagePool pool;
    private final StepCosts costs = new StepCosts();
    private int lastPrompt;
    private long lastNumber;
    int steps;

    StepDriver(int pages, int maxStepTokens, int maxSequences) {
        pool = new PagePool(pages);
        scheduler = new Scheduler(pool, maxStepTokens, maxSequences, maxStepTokens, costs);
    }

    /** A request whose prompt nobody else has. */
    Sequence add(String user, Priority priority, int promptTokens, int newTokens) {
        int[] prompt = new int[promptTokens];
        prompt[0] = ++lastPrompt;
        LetterTokenizer tokenizer = new LetterTokenizer(HashModel.VOCABULARY);
        Sequence sequence = new Sequence(
                ++lastNumber,
                new GenerationRequest(prompt, newTokens, SamplingOptions.GREEDY, List.of(), -1, "", Long.MAX_VALUE)
                        .of(user, priority),
                new Answer(),
                tokenizer.streamDecoder(),
                null,
                newTokens,
                0);
        scheduler.add(sequence);
        return sequence;
    }

    void steps(int count) {
        for (int step = 0; step < count; step++) {
            step();
        }
    }

    /** One step; returns its plan. */
    StepPlan step() {
        scheduler.makeWay();
        StepPlan plan = scheduler.plan();
        scheduler.evict(plan.evicted());
        if (plan.slices().isEmpty()) {
            return plan;
        }
        steps++;
        try (Reservation pages = pool.reserve(plan.sharedPages(), plan.freshPages())) {
            StepPlan.Placed placed = plan.place(pages);
            pages.commit();
            scheduler.commit(plan, placed.tables());
        }
        int decodes = 0;
        for (Slice slice : plan.slices()) {
            Sequence sequence = slice.sequence();
            tokens.merge(sequence.request.user(), slice.count(), Integer::sum);
            if (slice.samples()) {
                decodes += slice.count() == 1 ? 1 : 0;
                sequence.tokens.append(1);
                if (sequence.tokens.length() - sequence.tokens.promptLength() == sequence.maxNewTokens) {
                    ended.add(sequence);
                    scheduler.remove(sequence);
                }
            }
        }
        costs.measured(decodes, plan.rows() - decodes, 1000L + plan.rows());
        EngineInvariants.check(scheduler.snapshot());
        return plan;
    }

    int tokens(String user) {
        return tokens.getOrDefault(user, 0);
    }
}
