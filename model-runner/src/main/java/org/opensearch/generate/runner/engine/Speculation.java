// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.speculate.Acceptance;
import org.opensearch.generate.runner.speculate.Drafter;
import org.opensearch.generate.runner.speculate.Lookahead;
import org.opensearch.generate.runner.speculate.ModelDrafts;
import org.opensearch.generate.runner.speculate.PromptLookup;
import org.opensearch.generate.runner.speculate.RecentAnswers;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;
import org.opensearch.generate.runner.speculate.SuffixDrafts;

/** Who drafts for which sequence, and what all of them have learned. Owned by the engine's thread, but for {@link #automatic}. */
final class Speculation {
    private static final long FIRST_DRAFT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LEAST_DRAFT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Acceptance promptLookup = new Acceptance();
    private final Acceptance suffix = new Acceptance();
    private final Acceptance lookahead = new Acceptance();
    private final RecentAnswers recent = new RecentAnswers();
    private final StepCosts costs;
    private final EngineMetrics metrics;
    private volatile boolean automatic = true;

    Speculation(StepCosts costs, EngineMetrics metrics) {
        this.costs = costs;
        this.metrics = metrics;
    }

    /** Whether mode {@code AUTO} drafts, from now on. Any thread. */
    void automatic(boolean drafts) {
        automatic = drafts;
    }

    private boolean drafts(Sequence sequence) {
        Mode mode = sequence.request.speculation().mode();
        return mode == Mode.AUTO ? automatic : mode != Mode.OFF;
    }

    /** Drafts for each sequence that misses one token. */
    void propose(List<Sequence> running) {
        for (Sequence sequence : running) {
            if (sequence.drafts == null && drafts(sequence)) {
                Mode mode = sequence.request.speculation().mode();
                sequence.drafts = new SequenceDrafts(drafters(sequence, mode), mode != Mode.AUTO);
            }
            if (sequence.drafts != null) {
                sequence.drafts.begin(sequence.tokens, limit(sequence));
            }
        }
        for (Sequence sequence : running) {
            if (sequence.drafts != null) {
                sequence.drafts.propose(sequence.tokens, limit(sequence));
            }
        }
    }

    /** Most tokens that may be drafted for a sequence now. */
    private static int limit(Sequence sequence) {
        if (sequence.remaining() > 1 || sequence.failedSteps > 0) {
            return 0;
        }
        int room = sequence.maxNewTokens - sequence.answer.size() - 1;
        return Math.min(sequence.request.speculation().maxDraftTokens(), room);
    }

    private List<Drafter> drafters(Sequence sequence, Mode mode) {
        return switch (mode) {
            case AUTO -> List.of(new PromptLookup(promptLookup.ofSequence()), suffixDrafts(sequence));
            case PROMPT_LOOKUP -> List.of(new PromptLookup(promptLookup.ofSequence()));
            case SUFFIX -> List.of(suffixDrafts(sequence));
            case LOOKAHEAD -> List.of(new Lookahead(lookahead.ofSequence()));
            case DRAFT_MODEL ->
                List.of(new ModelDrafts(
                        Objects.requireNonNull(sequence.request.draftModel()),
                        sequence.request.cacheSalt(),
                        this::mostDraftNanos));
            case OFF -> throw new IllegalStateException("nothing drafts");
        };
    }

    /** A draft of another model may take as long as a step. */
    private long mostDraftNanos() {
        double step = costs.summary().decodeStepMillis();
        return step == 0 ? FIRST_DRAFT_NANOS : Math.max(LEAST_DRAFT_NANOS, (long) (step * 1e6));
    }

    private Drafter suffixDrafts(Sequence sequence) {
        return new SuffixDrafts(suffix.ofSequence(), recent, name(sequence));
    }

    /** Recent answers are kept apart as cached prefixes are: what is accepted tells something of them. */
    private static String name(Sequence sequence) {
        return sequence.request.cacheSalt()
                + '\0'
                + sequence.request.speculation().name();
    }

    /** A draft was verified. */
    void verified(Slice slice, TokenChoice.Chosen chosen) {
        Sequence sequence = slice.sequence();
        if (sequence.drafts != null && slice.draft().length > 0) {
            sequence.drafts.verified(slice, chosen);
            metrics.drafted(sequence.drafts.drafter(), slice.draftedTokens(), chosen.accepted());
        }
    }

    /** A sequence has ended; its answer may be a draft for others. */
    void ended(Sequence sequence) {
        if (drafts(sequence) && !sequence.answer.isEmpty()) {
            recent.add(
                    name(sequence),
                    sequence.answer.stream().mapToInt(GeneratedToken::id).toArray());
        }
    }
}
