// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

/**
 * How the next token is chosen; names and meanings as in the OpenAI API where it has them.
 *
 * @param temperature 0 for greedy, else divides the logits; 0 to 2
 * @param topK keep the k likeliest tokens; 0 for all
 * @param topP keep the smallest set of likeliest tokens with this much probability; 1 for all
 * @param minP drop tokens less likely than this fraction of the likeliest; 0 for none
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen; 1 for none
 * @param presencePenalty subtracted from logits of tokens generated at least once; -2 to 2
 * @param frequencyPenalty subtracted for each time a token was generated; -2 to 2
 * @param seed keys the draws together with the position; the same seed gives the same tokens in any batch
 */
public record SamplingOptions(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        long seed) {
    /** The likeliest token each time. */
    public static final SamplingOptions GREEDY = new SamplingOptions(0f, 0, 1f, 0f, 1f, 0f, 0f, 0L);

    /** Checks ranges. */
    public SamplingOptions {
        require("temperature", temperature, 0f, 2f);
        require("top_k", topK, 0f, Integer.MAX_VALUE);
        require("top_p", topP, 0f, 1f);
        require("min_p", minP, 0f, 1f);
        require("repetition_penalty", repetitionPenalty, 0.01f, 100f);
        require("presence_penalty", presencePenalty, -2f, 2f);
        require("frequency_penalty", frequencyPenalty, -2f, 2f);
    }

    private static void require(String name, float value, float smallest, float largest) {
        if (!(value >= smallest && value <= largest)) {
            throw new IllegalArgumentException(
                    name + " must be from " + smallest + " to " + largest + ", found " + value);
        }
    }
}
