// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.sample.TokenHistory;

/**
 * Drafts what a smaller model would write. All sequences of a step are begun before the first is waited for, so that the smaller
 * model computes them as one batch. The first draft of a sequence, for which that model has to read the whole prompt, is not waited
 * for. Leviathan et al., arXiv 2211.17192; Chen et al., arXiv 2302.01318.
 *
 * <p>The smaller model is itself sped up by {@link PromptLookup}: drafts in stages, as in Spector and Re, Accelerating LLM Inference
 * with Staged Speculative Decoding, arXiv 2308.04623. Its drafts are trees: what it finds likely at the first place beside its own
 * choice is a branch.
 */
public final class ModelDrafts implements Drafter {
    /** Its name. */
    public static final String NAME = "draft_model";

    private final DraftModel model;
    private final String salt;
    private final LongSupplier mostNanos;
    private DraftModel.@Nullable Pending pending;
    private boolean readPrompt;

    /**
     * For one sequence.
     *
     * @param salt as of its request
     * @param mostNanos how long a draft may take
     */
    public ModelDrafts(DraftModel model, String salt, LongSupplier mostNanos) {
        this.model = model;
        this.salt = salt;
        this.mostNanos = mostNanos;
    }

    /** A draft of such a model. */
    public static Draft draft(int[] tokens, float... probabilities) {
        return new Draft(NAME, tokens, probabilities, 0);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void begin(TokenHistory tokens, int limit, double threshold) {
        if (pending == null) {
            int[] text = Arrays.copyOf(tokens.tokens(), tokens.length());
            int count = readPrompt ? limit : 1;
            pending = model.begin(text, salt, count, threshold, readPrompt ? mostNanos.getAsLong() : Long.MAX_VALUE);
        }
    }

    @Override
    public Draft draft(TokenHistory tokens, int limit) {
        DraftModel.Pending begun = pending;
        if (begun == null || (!readPrompt && !begun.isDone())) {
            return Draft.NONE;
        }
        pending = null;
        Draft draft = begun.get();
        // What was not waited for continues a text that has grown since.
        Draft found = readPrompt ? draft : Draft.NONE;
        readPrompt = true;
        return found;
    }

    @Override
    public void verified(Draft draft, int accepted, int[] chosen) {
        // The model gives each draft its probabilities; there is nothing to learn.
    }
}
