// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;

/**
 * A finished answer.
 *
 * @param text its text, without stop texts and control tokens
 * @param tokens its tokens
 * @param finishReason why it ended
 * @param promptTokens tokens of the prompt
 * @param cachedTokens how many of those came from the prefix cache
 * @param acceptedPredictionTokens tokens of the answer that were drafted, and verified in a step together with others
 * @param rejectedPredictionTokens drafted tokens that did not become part of it
 * @param queueNanos waiting before the first step
 * @param prefillNanos from the first step to the first token
 * @param firstTokenNanos from submission to the first token (TTFT)
 * @param decodeNanos from the first token to the last
 */
public record Generation(
        String text,
        List<GeneratedToken> tokens,
        FinishReason finishReason,
        int promptTokens,
        int cachedTokens,
        int acceptedPredictionTokens,
        int rejectedPredictionTokens,
        long queueNanos,
        long prefillNanos,
        long firstTokenNanos,
        long decodeNanos) {}
