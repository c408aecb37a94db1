// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.sample.Logprobs;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.generate.runner.speculate.DraftModel;
import org.opensearch.generate.runner.speculate.SpeculationOptions;
import org.opensearch.generate.runner.speculate.SpeculationOptions.Mode;

/**
 * One request to the engine.
 *
 * @param prompt token ids, {@code bos} included; never empty
 * @param maxNewTokens most tokens to generate, at least 1
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer and are not part of it; empty for none
 * @param logprobs how many of the likeliest tokens to report with each token, 0 to 20; -1 for no log-probabilities at all
 * @param cacheSalt keeps the prefix cache of tenants apart; empty for the shared one
 * @param deadlineNanos {@link System#nanoTime()} value after which the request ends with {@link FinishReason#TIMEOUT}; {@link
 *     Long#MAX_VALUE} for none
 * @param user whose request it is, for fairness and limits; empty for everybody who is not known
 * @param priority how soon it is wanted
 * @param guide the language that the answer's text must be in; null for free text
 * @param speculation how its tokens may be drafted
 * @param draftModel the model that drafts, if the mode wants one
 */
@SuppressWarnings("ArrayRecordComponent")
public record GenerationRequest(
        int[] prompt,
        int maxNewTokens,
        SamplingOptions sampling,
        List<String> stop,
        int logprobs,
        String cacheSalt,
        long deadlineNanos,
        String user,
        Priority priority,
        @Nullable Guide guide,
        SpeculationOptions speculation,
        @Nullable DraftModel draftModel) {
    /** A request of nobody in particular, who waits for it; drafts where they pay. */
    public GenerationRequest(
            int[] prompt,
            int maxNewTokens,
            SamplingOptions sampling,
            List<String> stop,
            int logprobs,
            String cacheSalt,
            long deadlineNanos) {
        this(
                prompt,
                maxNewTokens,
                sampling,
                stop,
                logprobs,
                cacheSalt,
                deadlineNanos,
                "",
                Priority.INTERACTIVE,
                null,
                SpeculationOptions.AUTO,
                null);
    }

    /** The same request of somebody. */
    public GenerationRequest of(String somebody, Priority wanted) {
        return with(somebody, wanted, guide, speculation, draftModel);
    }

    /** The same request, its answer in a language; null for free text. */
    public GenerationRequest in(@Nullable Guide language) {
        return with(user, priority, language, speculation, draftModel);
    }

    /** The same request with other drafts. */
    public GenerationRequest speculating(SpeculationOptions wanted) {
        return speculating(wanted, null);
    }

    /** The same request with drafts of a smaller model. */
    public GenerationRequest speculating(SpeculationOptions wanted, @Nullable DraftModel model) {
        return with(user, priority, guide, wanted, model);
    }

    private GenerationRequest with(
            String somebody,
            Priority soon,
            @Nullable Guide language,
            SpeculationOptions drafts,
            @Nullable DraftModel model) {
        return new GenerationRequest(
                prompt,
                maxNewTokens,
                sampling,
                stop,
                logprobs,
                cacheSalt,
                deadlineNanos,
                somebody,
                soon,
                language,
                drafts,
                model);
    }

    /**
     * Checks the request against a model.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    void check(int vocabulary) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token");
        }
        for (int id : prompt) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "token ids are from 0 to " + (vocabulary - 1) + ", the prompt has " + id);
            }
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("at least 1 new token must be allowed, found " + maxNewTokens);
        }
        if (logprobs > Logprobs.MAX_TOP) {
            throw new IllegalArgumentException(
                    "at most " + Logprobs.MAX_TOP + " log-probabilities a token, found " + logprobs);
        }
        if ((speculation.mode() == Mode.DRAFT_MODEL) != (draftModel != null)) {
            throw new IllegalArgumentException(
                    "a draft model is for mode draft_model, found mode " + speculation.mode());
        }
        if (stop.contains("")) {
            throw new IllegalArgumentException("a stop text must not be empty");
        }
    }
}
