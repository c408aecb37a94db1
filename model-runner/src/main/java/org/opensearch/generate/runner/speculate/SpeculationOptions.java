// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the tokens of one request may be drafted; its answer is the same in any case.
 *
 * @param mode by what
 * @param maxDraftTokens most tokens of a draft, from 1 to {@value ThresholdRule#MOST_TOKENS}
 * @param draftModel id of the model that drafts in mode {@code DRAFT_MODEL}; empty in the others
 * @param name whose recent answers may be drafts, beside those of its own tenant only: what they are about, an index for example
 */
public record SpeculationOptions(Mode mode, int maxDraftTokens, String draftModel, String name) {
    /** Most tokens of a draft unless the request says otherwise. */
    public static final int DEFAULT_DRAFT_TOKENS = 8;

    /** Whatever pays at the moment. */
    public static final SpeculationOptions AUTO = new SpeculationOptions(Mode.AUTO, DEFAULT_DRAFT_TOKENS, "", "");

    /** A step for each token. */
    public static final SpeculationOptions OFF = new SpeculationOptions(Mode.OFF, DEFAULT_DRAFT_TOKENS, "", "");

    /** By what tokens are drafted. Other than {@code AUTO}, those named draft in every step, whatever it costs. */
    public enum Mode {
        /** By the better of {@link #PROMPT_LOOKUP} and {@link #SUFFIX}, where it pays. */
        AUTO,
        /** Not at all. */
        OFF,
        /** By {@link PromptLookup}. */
        PROMPT_LOOKUP,
        /** By {@link SuffixDrafts}. */
        SUFFIX,
        /** By {@link ModelDrafts}. */
        DRAFT_MODEL,
        /** By {@link Lookahead}. */
        LOOKAHEAD;

        /** The mode with a name as in requests; throws {@link IllegalArgumentException} if there is none. */
        public static Mode of(String name) {
            return Arrays.stream(values())
                    .filter(mode -> mode.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("the mode of speculation is one of "
                            + Arrays.stream(values()).map(Mode::toString).collect(Collectors.joining(", "))
                            + ", found " + name));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Checks ranges. */
    public SpeculationOptions {
        if (maxDraftTokens < 1 || maxDraftTokens > ThresholdRule.MOST_TOKENS) {
            throw new IllegalArgumentException(
                    "max_draft_tokens must be from 1 to " + ThresholdRule.MOST_TOKENS + ", found " + maxDraftTokens);
        }
        if ((mode == Mode.DRAFT_MODEL) == draftModel.isEmpty()) {
            throw new IllegalArgumentException("mode draft_model and a draft_model go together, found mode " + mode
                    + (draftModel.isEmpty() ? " without one" : " with draft_model " + draftModel));
        }
    }

    /** The same with recent answers of another name. */
    public SpeculationOptions withName(String other) {
        return new SpeculationOptions(mode, maxDraftTokens, draftModel, other);
    }

    /** The defaults but for the mode. */
    public static SpeculationOptions of(Mode mode) {
        return new SpeculationOptions(mode, DEFAULT_DRAFT_TOKENS, "", "");
    }
}
