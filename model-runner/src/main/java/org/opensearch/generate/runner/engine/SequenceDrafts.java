// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.sample.TokenHistory;
import org.opensearch.generate.runner.speculate.Draft;
import org.opensearch.generate.runner.speculate.Drafter;
import org.opensearch.generate.runner.speculate.SpeculationControl.Wish;
import org.opensearch.generate.runner.speculate.ThresholdRule;

/** The drafts of one sequence: of several drafters, the one whose draft promises most. Owned by the engine's thread. */
final class SequenceDrafts {
    static final Wish NO_WISH = new Wish(Draft.NONE, false);

    private final List<Source> sources;
    private final boolean forced;
    private Wish wish = NO_WISH;
    private Source source;
    private int worthwhile;

    private static final class Source {
        private final Drafter drafter;
        private final ThresholdRule rule = new ThresholdRule();

        Source(Drafter drafter) {
            this.drafter = drafter;
        }
    }

    /**
     * @param drafters at least one
     * @param forced whether drafts are verified whatever they cost
     */
    SequenceDrafts(List<Drafter> drafters, boolean forced) {
        sources = drafters.stream().map(Source::new).toList();
        source = sources.getFirst();
        this.forced = forced;
    }

    /** Begins what takes time of the next {@link #propose}. */
    void begin(TokenHistory tokens, int limit) {
        if (limit >= 1) {
            sources.forEach(each -> each.drafter.begin(tokens, limit, each.rule.threshold()));
        }
    }

    /** Drafts what comes after the tokens, at most {@code limit} of them. */
    void propose(TokenHistory tokens, int limit) {
        wish = NO_WISH;
        if (limit < 1) {
            return;
        }
        double most = -1;
        for (Source each : sources) {
            Draft whole = each.drafter.draft(tokens, limit);
            Draft draft = each.rule
                    .cut(whole)
                    .with(whole.branches().stream().map(each.rule::cut).toList());
            if (draft.expected() > most) {
                most = draft.expected();
                worthwhile = draft.length();
                wish = new Wish(each.drafter.widen(draft, limit), forced);
                source = each;
            }
        }
    }

    /** The draft that waits for rows. */
    Wish wish() {
        return wish;
    }

    /** The first tokens of the draft were verified, and the first of its branches. */
    void verified(Slice slice, TokenChoice.Chosen chosen) {
        Draft draft = wish.draft().first(slice.draft().length);
        int accepted = chosen.branch() < 0 ? chosen.accepted() : 0;
        source.rule.verified(draft.first(worthwhile), Math.min(accepted, worthwhile));
        source.drafter.verified(draft, accepted, chosen.likeliest());
    }

    /** Whether {@link #verified} wants the likeliest tokens. */
    boolean wantsLikeliest() {
        return source.drafter.wantsLikeliest();
    }

    /** Who made the draft. */
    String drafter() {
        return source.drafter.name();
    }
}
